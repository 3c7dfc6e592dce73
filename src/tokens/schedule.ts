import { createHash } from 'node:crypto';
import type { Context } from '../context';
import { workOff } from '../lib/concurrency';
import { describeError } from '../lib/errors';
import { throttle } from '../lib/rate-limit';
import { Problem } from '../lib/problem';
import { findConnectionById } from '../store/connections';
import { aboutToEnd, type Candidate, longUnchecked } from '../store/due';
import type { ConnectionRow } from '../store/schema';
import { addSeconds, iso, secondsUntil } from '../lib/time';
import type { Tokens } from './tokens';

/** How long before its end a token in use is replaced, less up to `jitterSeconds` that differ by connection. */
const marginSeconds = 300;
const jitterSeconds = 60;
const inUseSeconds = 24 * 3600;
const day = 24 * 3600;
/** A daily look that follows a refresh sooner than this would tell nothing new. */
const restSeconds = 12 * 3600;
/** However short tokens live, they are not replaced more often than this: the budget belongs to programs first. */
const pauseSeconds = 300;
/** After so many failures, the daily look is enough for a connection that nobody uses. */
const stumbles = 12;
const atOnce = 4;
/** Idle connections have a whole day, so they are not gone through at every tick. */
const idleRoundSeconds = 60;

export type Schedule = ReturnType<typeof createSchedule>;

/** Keeps tokens that are in use from running out, and looks at idle ones once a day, so that a break is noticed early. */
export function createSchedule({ store, now, log }: Context, tokens: Tokens) {
  let stopped = false;
  const isDue = throttle(idleRoundSeconds, now);
  return { tick, stop };

  /** Refreshes what is due now, a few at a time. Never throws for one connection's sake. */
  async function tick(): Promise<void> {
    const time = now();
    const times = {
      now: iso(time),
      usedSince: iso(addSeconds(time, -inUseSeconds)),
      endingBy: iso(addSeconds(time, marginSeconds)),
      stumbles,
      checkedBefore: iso(addSeconds(time, -restSeconds)),
    };
    const queue = await aboutToEnd(store, times);
    if (isDue('idle round'))
      queue.push(...(await longUnchecked(store, times)).filter((connection) => isCheckDue(connection, time)));
    await workOff(queue, atOnce, work, () => stopped);
  }

  function stop(): void {
    stopped = true;
  }

  async function work({ id, name }: Candidate): Promise<void> {
    try {
      // Read again: by the time it is its turn, a program or another instance may have refreshed it.
      const connection = await findConnectionById(store, id);
      if (connection) await refresh(connection);
    } catch (error) {
      log.error({ connection: name, ...describeError(error) }, 'a scheduled refresh failed');
    }
  }

  async function refresh(connection: ConnectionRow): Promise<void> {
    const wanted = demandOf(connection, now());
    if (wanted === null) return;
    try {
      if (wanted === 'second opinion') await tokens.refresh(connection.name, 'schedule');
      // Asking for a token that lives longer than the margin lets instances share one refresh.
      else await tokens.get(connection.name, marginOf(connection) + 1, 'schedule');
    } catch (error) {
      // What it means is in the row already, and the refresh was logged.
      if (!(error instanceof Problem)) throw error;
    }
  }
}

/** When the token of a connection in use is replaced; null when that waits until somebody asks. */
export function renewalOf(connection: ConnectionRow, now: Date): Date | null {
  const { status, access_token_expires_at: end } = connection;
  if (status !== 'active' || end === null || !isInUse(connection, now)) return null;
  return addSeconds(new Date(end), -marginOf(connection));
}

type Demand = 'second opinion' | 'fresh token';

function demandOf(connection: ConnectionRow, now: Date): Demand | null {
  const { retry_at: retryAt, throttled_until: throttledUntil } = connection;
  if (connection.status !== 'active' || connection.refresh_token_sealed === null) return null;
  if ((retryAt !== null && retryAt > iso(now)) || (throttledUntil !== null && throttledUntil > iso(now))) return null;
  // Zoho has been seen to refuse good tokens, so whether it meant it has to be known, used or not.
  if (connection.refused_at !== null) return 'second opinion';
  if (secondsUntil(connection.access_token_expires_at, now) > marginOf(connection)) return null;
  if ((connection.refreshed_at ?? '') > iso(addSeconds(now, -pauseSeconds))) return null;
  const wanted = isInUse(connection, now) || isStumbling(connection) || isCheckDue(connection, now);
  return wanted ? 'fresh token' : null;
}

function isInUse({ used_at: usedAt }: ConnectionRow, now: Date): boolean {
  return usedAt !== null && usedAt > iso(addSeconds(now, -inUseSeconds));
}

/** A connection that nobody uses and that has just begun to fail is tried again soon, to know what to tell about it. */
function isStumbling({ error_code: errorCode, failures }: ConnectionRow): boolean {
  return errorCode !== null && failures <= stumbles;
}

function isCheckDue(connection: Candidate, now: Date): boolean {
  const secondOfDay = Math.floor(now.getTime() / 1000) % day;
  const own = share(connection.id, 'daily') * day;
  const sinceOwn = (secondOfDay - own + day) % day;
  return (connection.checked_at ?? '') <= iso(addSeconds(now, -sinceOwn - restSeconds));
}

/** Seconds before the end at which this connection's token is replaced: not all at the same second. */
function marginOf(connection: ConnectionRow): number {
  return marginSeconds - Math.floor(share(connection.id, 'margin') * jitterSeconds);
}

function share(id: string, purpose: string): number {
  return createHash('sha256').update(`${purpose} ${id}`).digest().readUInt32BE() / 2 ** 32;
}
