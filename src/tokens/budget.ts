import type { Context } from '../context';
import { type CountedRefresh, mostRefreshes, refreshesOf } from '../store/refreshes';
import type { ConnectionRow } from '../store/schema';
import type { Store } from '../store/store';
import { iso, addSeconds } from '../lib/time';

export { type DayOfRefreshes, recentRefreshes, refreshesByDay } from '../store/refreshes';

// Zoho allows 10 token requests in 10 minutes for one refresh token, locks out who asks for more, and keeps 15 access
// tokens alive (docs/zoho.md, "Limits"). The Keeper stops before that, and leaves one refresh to a person. Replacing a
// token that is almost new (`early`) leaves enough for those that run out. By the hour only requests count that may have
// made a token: an outage must not use them up.
const windows = [
  { name: 'ten_minutes', seconds: 600, limits: { early: 4, program: 8, person: 9 }, counts: () => true },
  { name: 'hour', seconds: 3600, limits: { early: 8, program: 13, person: 14 }, counts: mayHaveMadeToken },
] as const;
type Window = (typeof windows)[number];

/** Refreshes of one token in ten minutes that programs may cause. */
export const refreshLimit = windows[0].limits.program;

/** The most refreshes that a single token has had in the last ten minutes. */
export async function mostUsed({ store, now }: Context): Promise<number> {
  return mostRefreshes(store, iso(addSeconds(now(), -windows[0].seconds - onTheWay)));
}

/** Refreshes of either window that programs leave to people. */
export const keptForPeople = 1;

/** Results after which a new token exists at Zoho, or may. The others are refusals, and requests that never arrived. */
const fruitful = new Set([
  'ok',
  'pending',
  'interrupted',
  'timed_out',
  'connection_lost',
  'unexpected_answer',
  'too_large',
]);

function mayHaveMadeToken({ result }: CountedRefresh): boolean {
  return fruitful.has(result);
}

/** A call may reach Zoho this much later than it was written down, and Zoho counts from then: its deadline, in seconds. */
const onTheWay = 10;

export type BudgetClass = 'early' | 'program' | 'person';

export interface Use {
  readonly window: Window['name'];
  readonly used: number;
  readonly limit: number;
}

export interface Budget {
  readonly tenMinutes: Use;
  /** The window that stays full for longer; the ten minutes when none is full. */
  readonly deciding: Use;
  /** Whether a refresh is possible now; otherwise when the next one is. Pauses after failures count as well. */
  readonly free: boolean;
  readonly freeAt: Date;
}

type BudgetedConnection = Pick<ConnectionRow, 'refresh_token_id' | 'throttled_until' | 'retry_at'>;

/** What is left. Reads the ledger, so restarts and other processes do not change it. */
export async function readBudget(
  store: Store,
  connection: BudgetedConnection,
  budgetClass: BudgetClass,
  now: Date,
): Promise<Budget> {
  const refreshes = await refreshesOf(store, [connection.refresh_token_id], longestAgo(now));
  return budgetOf(connection, refreshes.get(connection.refresh_token_id) ?? [], budgetClass, now);
}

export async function readBudgets(
  store: Store,
  connections: readonly BudgetedConnection[],
  budgetClass: BudgetClass,
  now: Date,
): Promise<Budget[]> {
  const grants = connections.map((connection) => connection.refresh_token_id);
  const refreshes = await refreshesOf(store, grants, longestAgo(now));
  return connections.map((connection) =>
    budgetOf(connection, refreshes.get(connection.refresh_token_id) ?? [], budgetClass, now),
  );
}

function budgetOf(
  row: BudgetedConnection,
  refreshes: readonly CountedRefresh[],
  budgetClass: BudgetClass,
  now: Date,
): Budget {
  const [tenMinutes, hour] = [
    useOf(windows[0], refreshes, budgetClass, now),
    useOf(windows[1], refreshes, budgetClass, now),
  ];
  const deciding = hour.freeAt > tenMinutes.freeAt ? hour : tenMinutes;
  const freeAt = latest(deciding.freeAt, ...pausesOf(row, budgetClass));
  return { tenMinutes, deciding, free: freeAt <= now, freeAt };
}

function useOf(
  window: Window,
  refreshes: readonly CountedRefresh[],
  budgetClass: BudgetClass,
  now: Date,
): Use & { freeAt: Date } {
  const span = window.seconds + onTheWay;
  const since = iso(addSeconds(now, -span));
  const counted = refreshes.filter((refresh) => refresh.started_at > since && window.counts(refresh));
  const limit = window.limits[budgetClass];
  const blocking = counted.at(-limit);
  const freeAt = blocking ? addSeconds(new Date(blocking.started_at), span) : now;
  return { window: window.name, used: counted.length, limit, freeAt };
}

/** Until when failures keep from asking Zoho. A person may ask sooner, except where Zoho itself said to wait. */
function pausesOf(
  { throttled_until: throttledUntil, retry_at: retryAt }: BudgetedConnection,
  budgetClass: BudgetClass,
): Date[] {
  return [throttledUntil, budgetClass === 'person' ? null : retryAt].flatMap((time) =>
    time === null ? [] : [new Date(time)],
  );
}

function latest(...times: readonly Date[]): Date {
  return new Date(Math.max(...times.map((time) => time.getTime())));
}

function longestAgo(now: Date): string {
  return iso(addSeconds(now, -windows[1].seconds - onTheWay));
}
