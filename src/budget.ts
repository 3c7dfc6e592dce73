import { type CountedRefresh, refreshesOf } from './store/refreshes';
import type { Asker, ConnectionRow } from './store/schema';
import type { Store } from './store/store';
import { iso, later } from './time';

/**
 * Zoho allows 10 token requests in 10 minutes for one refresh token, and locks out who asks for more; of the access
 * tokens 15 stay alive (docs/zoho.md, "Limits"). The Keeper stops before that, and leaves one refresh to a person.
 * Against the tokens that stay alive only requests count that may have made one: an outage must not use them up.
 */
const windows = [
  { seconds: 600, programs: 8, person: 9, counts: () => true },
  { seconds: 3600, programs: 13, person: 14, counts: mayHaveMadeToken },
] as const;

/** Results after which a new token exists at Zoho, or may. The others are refusals, and requests that never arrived. */
const fruitful = new Set(['ok', 'pending', 'timed_out', 'connection_lost', 'unexpected_answer', 'too_large']);

function mayHaveMadeToken({ result }: CountedRefresh): boolean {
  return fruitful.has(result);
}

/** A call may reach Zoho this much later than it was written down, and Zoho counts from then: its deadline, in seconds. */
const onTheWay = 10;

export interface Budget {
  /** Refreshes in the last ten minutes, and how many there may be for this asker. */
  readonly used: number;
  readonly limit: number;
  /** Whether this asker may refresh now; otherwise when the next place becomes free. */
  readonly free: boolean;
  readonly freeAt: Date;
}

/** What is left for this asker. Reads the ledger, so restarts and other processes do not change it. */
export async function readBudget(store: Store, connection: ConnectionRow, asker: Asker, now: Date): Promise<Budget> {
  const [budget] = await readBudgets(store, [connection], asker, now);
  return budget ?? budgetOf([], asker, now);
}

/** The budgets of many connections, in their order. */
export async function readBudgets(
  store: Store,
  connections: readonly ConnectionRow[],
  asker: Asker,
  now: Date,
): Promise<Budget[]> {
  const longest = iso(later(now, -windows[1].seconds - onTheWay));
  const grants = connections.map((connection) => connection.grant_id);
  const refreshes = await refreshesOf(store, grants, longest);
  return grants.map((grant) => budgetOf(refreshes.get(grant) ?? [], asker, now));
}

function budgetOf(refreshes: readonly CountedRefresh[], asker: Asker, now: Date): Budget {
  const freeTimes = windows.map((window) => {
    const blocking = refreshes.filter(window.counts).at(-limitOf(window, asker));
    return blocking ? later(new Date(blocking.started_at), window.seconds + onTheWay) : now;
  });
  const freeAt = freeTimes.reduce((latest, time) => (time > latest ? time : latest), now);
  const recent = iso(later(now, -windows[0].seconds));
  const used = refreshes.filter((refresh) => refresh.started_at > recent).length;
  return { used, limit: limitOf(windows[0], asker), free: freeAt <= now, freeAt };
}

function limitOf(window: (typeof windows)[number], asker: Asker): number {
  return asker === 'person' ? window.person : window.programs;
}
