import { randomUUID } from 'node:crypto';
import { noteIfWritable } from '../audit';
import type { Context } from '../context';
import { notFound } from '../errors';
import { coalesce } from '../lib/concurrency';
import { throttle } from '../lib/rate-limit';
import { iso, secondsUntil } from '../lib/time';
import { markUsed } from '../store/access-tokens';
import { findConnection } from '../store/connections';
import type { ConnectionRow, RequestedBy } from '../store/schema';
import { type FreshToken, type RefreshDemand, servable } from './fresh-token';
import { refreshAcrossProcesses } from './refresh';

/** How exactly it is noted when a connection was last used, in seconds. */
const usedEvery = 60;

export type Tokens = ReturnType<typeof createTokens>;

/** Access tokens that are valid now, refreshed exactly once however many ask, within Zoho's limits. */
export function createTokens(context: Context) {
  const { store, now, inFlight } = context;
  const owner = randomUUID();
  const refreshes = new Map<string, Promise<FreshToken>>();
  const isDue = throttle(usedEvery, now);
  const find = coalesce((name) => findConnection(store, name));
  return { get, refresh, renew, stored };

  /** `minTtl` in seconds, 3000 at the most. Asks Zoho only when the stored token will not do. Throws a Problem. */
  async function get(name: string, minTtl: number, requestedBy: RequestedBy): Promise<FreshToken> {
    const connection = await find(name);
    if (!connection) throw notFound(name);
    if (requestedBy === 'program' && isDue(connection.id)) {
      await noteIfWritable(context, connection.name, () => markUsed(store, connection.id, iso(now())));
    }
    const demand = { requestedBy, minTtl, newerThan: null };
    return servable(context, connection, demand) ?? once(connection, demand);
  }

  async function stored(name: string): Promise<FreshToken | null> {
    const connection = await find(name);
    return connection ? servable(context, connection, { requestedBy: 'program', minTtl: 1, newerThan: null }) : null;
  }

  async function refresh(name: string, requestedBy: RequestedBy): Promise<FreshToken> {
    const connection = await findConnection(store, name);
    if (!connection) throw notFound(name);
    return once(connection, { requestedBy, minTtl: 0, newerThan: now() });
  }

  /** For the schedule: replaces the token of a connection as it was just read, unless somebody did so since. */
  function renew(connection: ConnectionRow): Promise<FreshToken> {
    const isDoubted = connection.refused_at !== null;
    const minTtl = secondsUntil(connection.access_token_expires_at, now()) + 1;
    return once(connection, { requestedBy: 'schedule', minTtl, newerThan: isDoubted ? now() : null });
  }

  function once(connection: ConnectionRow, demand: RefreshDemand): Promise<FreshToken> {
    const running = refreshes.get(connection.id);
    if (running) return running;
    const promise = refreshAcrossProcesses(context, owner, connection, demand).finally(() =>
      refreshes.delete(connection.id),
    );
    refreshes.set(connection.id, promise);
    return inFlight.track(promise);
  }
}
