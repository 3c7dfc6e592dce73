import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from '../context';
import { addSeconds, iso } from '../lib/time';
import { countRefreshes, oldestRefresh, type RefreshCount } from '../store/refreshes';

const hour = 3600;
/** What is older no longer changes: a refresh has ended by then. In seconds. */
const settled = 2 * hour;

/**
 * Counts the ledger an hour at a time and keeps what no longer changes: all of it at once would stop everybody for seconds
 * on SQLite, at each look at the metrics.
 */
export function createRefreshCounts({ store, now }: Pick<Context, 'store' | 'now'>): () => Promise<RefreshCount[]> {
  const kept = new Map<string, RefreshCount[]>();
  return count;

  async function count(): Promise<RefreshCount[]> {
    const oldest = await oldestRefresh(store);
    const first = oldest === null ? null : hourOf(new Date(oldest));
    for (const start of kept.keys()) if (first === null || start < iso(first)) kept.delete(start);
    const all: RefreshCount[] = [];
    for (let start = first; start !== null && start <= now(); start = addSeconds(start, hour)) {
      all.push(...(kept.get(iso(start)) ?? (await countHour(start))));
    }
    return sum(all);
  }

  async function countHour(start: Date): Promise<RefreshCount[]> {
    await nextTurn();
    const counts = await countRefreshes(store, iso(start), iso(addSeconds(start, hour)));
    if (addSeconds(start, settled) <= now()) kept.set(iso(start), counts);
    return counts;
  }
}

function hourOf(time: Date): Date {
  return new Date(Math.floor(time.getTime() / (hour * 1000)) * hour * 1000);
}

function sum(counts: readonly RefreshCount[]): RefreshCount[] {
  const sums = new Map<string, RefreshCount>();
  for (const line of counts) {
    const key = `${line.result} ${line.requested_by}`;
    sums.set(key, { ...line, count: line.count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, line]) => line);
}
