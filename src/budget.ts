import { refreshTimesOf } from './store/refreshes';
import type { Asker, ConnectionRow } from './store/schema';
import type { Store } from './store/store';
import { iso, later } from './time';

/**
 * Zoho allows 10 token requests in 10 minutes for one refresh token, and locks out who asks for more; of the access
 * tokens 15 stay alive (docs/zoho.md, "Limits"). The Keeper stops before that, and leaves one refresh to a person.
 */
const windows = [
  { seconds: 600, programs: 8, person: 9 },
  { seconds: 3600, programs: 13, person: 14 },
] as const;

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
  const times = await refreshTimesOf(store, grants, longest);
  return grants.map((grant) => budgetOf(times.get(grant) ?? [], asker, now));
}

function budgetOf(isoTimes: readonly string[], asker: Asker, now: Date): Budget {
  const times = isoTimes.map((time) => new Date(time));
  const freeTimes = windows.map((window) => {
    const blocking = times.at(-limitOf(window, asker));
    return blocking ? later(blocking, window.seconds + onTheWay) : now;
  });
  const freeAt = freeTimes.reduce((latest, time) => (time > latest ? time : latest), now);
  const used = times.filter((time) => time > later(now, -windows[0].seconds)).length;
  return { used, limit: limitOf(windows[0], asker), free: freeAt <= now, freeAt };
}

function limitOf(window: (typeof windows)[number], asker: Asker): number {
  return asker === 'person' ? window.person : window.programs;
}
