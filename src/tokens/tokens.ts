import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { findClient } from '../connections/clients';
import type { Context } from '../context';
import { notFound, problemOf } from '../errors';
import { coalesce } from '../lib/concurrency';
import { Problem } from '../lib/problem';
import { throttle } from '../lib/rate-limit';
import { addSeconds, iso, secondsToWait, secondsUntil } from '../lib/time';
import { findConnection, findConnectionById, markUsed, openAccessToken, openRefreshToken } from '../store/connections';
import { DamagedSecret, openOrNull } from '../store/encryption/cipher';
import { claimRefresh, type Lease, saveFailure, saveRefresh } from '../store/leases';
import { beginRefresh, endRefresh } from '../store/refreshes';
import type { ConnectionRow, RequestedBy } from '../store/schema';
import type { TokenAnswer } from '../zoho/answers';
import { ZohoError } from '../zoho/errors';
import { explain } from '../zoho/messages';
import { afterFailure } from './backoff';
import { type BudgetClass, readBudget, type Use } from './budget';

/** A refresh call takes no longer, and so much of a new token's life may be over when it arrives. */
const refreshSeconds = 10;
/** Longer than a refresh call and the write after it, so that a living holder never loses its lease. */
const leaseSeconds = 15;
/** Long enough for a dead holder's lease to end and one more refresh. */
const waitSeconds = 28;
/** How exactly it is noted when a connection was last used, in seconds. */
const usedEvery = 60;

/** A valid access token of a connection, with the connection as it was stored beside it. */
export interface FreshToken {
  readonly accessToken: string;
  readonly connection: ConnectionRow;
  /** True when this call made Zoho give out a new token (or joined one that did). */
  readonly refreshed: boolean;
}

interface RefreshDemand {
  readonly requestedBy: RequestedBy;
  /** Seconds that the token must still live. */
  readonly minTtl: number;
  /** When set, only a token received after this moment will do. */
  readonly newerThan: Date | null;
}

export type Tokens = ReturnType<typeof createTokens>;

/** Access tokens that are valid now, refreshed exactly once however many ask, within Zoho's limits. */
export function createTokens(context: Context) {
  const { store, now, log, inFlight } = context;
  const owner = randomUUID();
  const refreshes = new Map<string, Promise<FreshToken>>();
  const isDue = throttle(usedEvery, now);
  const find = coalesce((name) => findConnection(store, name));
  return { get, refresh, stored };

  /**
   * A token that lives at least `minTtl` seconds, which may be 3000 at the most; without asking Zoho when the stored
   * one does. Throws a Problem.
   */
  async function get(name: string, minTtl: number, requestedBy: RequestedBy): Promise<FreshToken> {
    const connection = await find(name);
    if (!connection) throw notFound(name);
    if (requestedBy === 'program') await noteUse(connection);
    const demand = { requestedBy, minTtl, newerThan: null };
    return servable(context, connection, demand) ?? once(connection, demand);
  }

  /** The stored token if it lives at all, without asking Zoho. */
  async function stored(name: string): Promise<FreshToken | null> {
    const connection = await find(name);
    return connection ? servable(context, connection, { requestedBy: 'program', minTtl: 1, newerThan: null }) : null;
  }

  /** A new token from Zoho, within the budget. Throws a Problem. */
  async function refresh(name: string, requestedBy: RequestedBy): Promise<FreshToken> {
    const connection = await findConnection(store, name);
    if (!connection) throw notFound(name);
    return once(connection, { requestedBy, minTtl: 0, newerThan: now() });
  }

  async function noteUse(connection: ConnectionRow): Promise<void> {
    if (!isDue(connection.id)) return;
    try {
      await markUsed(store, connection.id, iso(now()));
    } catch {
      // A database that cannot be written must not keep tokens from being read.
      log.warn({ connection: connection.name }, 'the use of a connection could not be noted');
    }
  }

  /** Callers in this process share one refresh. */
  function once(connection: ConnectionRow, demand: RefreshDemand): Promise<FreshToken> {
    const running = refreshes.get(connection.id);
    if (running) return running;
    const promise = acrossProcesses(connection.id, demand).finally(() => refreshes.delete(connection.id));
    refreshes.set(connection.id, promise);
    return inFlight.track(promise);
  }

  /** Processes share one refresh by a lease in the row; whoever does not get it looks whether the holder is done. */
  async function acrossProcesses(id: string, demand: RefreshDemand): Promise<FreshToken> {
    const started = now();
    const giveUp = addSeconds(started, waitSeconds);
    for (;;) {
      const connection = await findConnectionById(store, id);
      if (!connection) throw new Problem(404, 'not_found', 'The connection was deleted.', 'Connect it again.');
      const ready = servable(context, connection, demand);
      if (ready) return { ...ready, refreshed: (connection.refreshed_at ?? '') >= iso(started) };
      if (connection.lease_until === null || connection.lease_until <= iso(now())) {
        await requireRefreshable(context, connection, demand);
        const times = { now: iso(now()), until: iso(addSeconds(now(), leaseSeconds)) };
        const lease = await claimRefresh(store, connection, owner, times);
        const fresh = lease && (await refreshHolding(context, lease, connection, demand.requestedBy));
        if (fresh) return fresh;
      }
      if (now() > giveUp) {
        throw new Problem(503, 'zoho_unavailable', 'Another refresh did not end in time.', 'Try again.', 5);
      }
      await wait(50 + Math.random() * 50);
    }
  }
}

/** The stored token when it will do; null when Zoho has to be asked. */
function servable({ store, now }: Context, row: ConnectionRow, demand: RefreshDemand): FreshToken | null {
  if (row.status !== 'active') return null;
  const lives = secondsUntil(row.access_token_expires_at, now());
  // Should Zoho give shorter lives than asked for, another token would not help: one that is almost new must do.
  const isBest = demand.minTtl > row.access_token_life - refreshSeconds && isAlmostNew(row, now());
  if (lives < 1 || (lives < demand.minTtl && !isBest)) return null;
  if (demand.newerThan !== null && (row.refreshed_at ?? '') < iso(demand.newerThan)) return null;
  const accessToken = openOrNull(() => openAccessToken(store, row));
  return accessToken === null ? null : { accessToken, connection: row, refreshed: demand.newerThan !== null };
}

/** Whether less than a sixth of its life is over. */
function isAlmostNew({ access_token_expires_at: end, access_token_life: life }: ConnectionRow, now: Date): boolean {
  const lives = secondsUntil(end, now);
  return lives > 0 && lives >= Math.floor((life * 5) / 6);
}

/** Throws the Problem that says why Zoho may not be asked, and until when. */
async function requireRefreshable(context: Context, row: ConnectionRow, demand: RefreshDemand): Promise<void> {
  const now = context.now();
  const isPerson = demand.requestedBy === 'person';
  if (row.status === 'revoked' || row.refresh_token_sealed === null) {
    throw new Problem(409, 'needs_reconnect', 'This connection was disconnected, so it has no tokens.', 'Reconnect.');
  }
  if (row.status === 'needs_reconnect' && !isPerson) {
    throw problemOf(new ZohoError(explain(row.error_code ?? 'invalid_code', 'refresh')));
  }
  refuseUntil(row.throttled_until, row, now);
  if (!isPerson) refuseUntil(row.retry_at, row, now);
  const forOthers = demand.newerThan === null && isAlmostNew(row, now) ? 'early' : 'program';
  const budgetClass = isPerson ? 'person' : forOthers;
  const { free, freeAt, deciding } = await readBudget(context.store, row, budgetClass, now);
  if (free) return;
  const next = `The next refresh is possible at ${iso(freeAt).slice(11, 16)} UTC.`;
  throw new Problem(429, 'throttled', usedUp(deciding, budgetClass), next, secondsToWait(iso(freeAt), now));
}

function refuseUntil(time: string | null, row: ConnectionRow, now: Date): void {
  if (time === null || time <= iso(now)) return;
  throw problemOf(new ZohoError(explain(row.error_code ?? 'throttled', 'refresh')), secondsToWait(time, now));
}

/** Why the budget does not allow a refresh. */
function usedUp({ window, used }: Use, budgetClass: BudgetClass): string {
  if (window === 'hour') {
    return `The Keeper has fetched ${used} access tokens in an hour and stops before Zoho ends the oldest of them.`;
  }
  const count = `The Keeper has refreshed this token ${used} times in ten minutes`;
  if (budgetClass === 'early') return `${count}, and the one that is stored is almost new.`;
  return `${count} and stops before Zoho blocks it.`;
}

/** Refreshes as the holder of the lease. Null when the lease was lost meanwhile. Throws a Problem. */
async function refreshHolding(
  context: Context,
  lease: Lease,
  connection: ConnectionRow,
  requestedBy: RequestedBy,
): Promise<FreshToken | null> {
  const { store, now } = context;
  const sentAt = now();
  const ledgerId = await beginRefresh(store, connection, requestedBy, iso(sentAt));
  try {
    const answer = await askZoho(context, connection);
    const access = {
      token: answer.accessToken,
      expiresAt: iso(addSeconds(sentAt, answer.expiresIn)),
      life: answer.expiresIn,
      receivedAt: iso(now()),
      requestedBy,
    };
    const tokens = { access, apiDomain: answer.apiDomain, newRefreshToken: answer.refreshToken };
    const saved = await saveRefresh(store, lease, tokens);
    await endRefresh(store, ledgerId, 'ok', now().getTime() - sentAt.getTime());
    if (!saved) return null;
    const row = await findConnectionById(store, connection.id);
    return row ? { accessToken: answer.accessToken, connection: row, refreshed: true } : null;
  } catch (error) {
    if (!(error instanceof ZohoError)) throw error;
    await endRefresh(store, ledgerId, error.code, now().getTime() - sentAt.getTime());
    const problem = await noteFailure(context, lease, connection, error);
    if (problem === null) return null;
    throw problem;
  }
}

/** Null when the lease was lost: somebody else knows better. */
async function noteFailure(
  { store, log, now }: Context,
  lease: Lease,
  connection: ConnectionRow,
  error: ZohoError,
): Promise<Problem | null> {
  const failure = afterFailure(error, connection, now());
  if (!(await saveFailure(store, lease, failure))) return null;
  log.warn({ connection: connection.name, error_code: error.code, status: failure.status }, 'refresh failed');
  const until = failure.throttled_until ?? failure.retry_at ?? null;
  return problemOf(error, until === null ? null : secondsToWait(until, now()));
}

async function askZoho(context: Context, connection: ConnectionRow): Promise<TokenAnswer> {
  const { client_id: clientId, data_center: dataCenter } = connection;
  try {
    const refreshToken = openRefreshToken(context.store, connection);
    if (refreshToken === null) throw new DamagedSecret('refresh token');
    const client = await findClient(context, clientId, dataCenter);
    return await context.zoho.refresh(client, dataCenter, refreshToken);
  } catch (error) {
    if (error instanceof DamagedSecret) throw new ZohoError(explain('damaged', 'refresh'));
    if (error instanceof Problem) throw new ZohoError(explain('client_missing', 'refresh'));
    throw error;
  }
}
