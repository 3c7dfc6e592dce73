import type { Context } from '../context';
import { addSeconds, iso } from '../lib/time';
import { type ListedConnection, type ListPage, listPage, type ListQuery, type Place } from '../store/connection-list';
import { type Count, countList, countTags, type ListCounts } from '../store/connection-parts';
import { type HourOfRefreshes, refreshesByHour } from '../store/refreshes';

export {
  hasConnections,
  isListFilter,
  type ListedConnection,
  type ListQuery,
  type Place,
} from '../store/connection-list';
export type { Count, ListCounts } from '../store/connection-parts';
export { tokensByHour } from '../store/token-uses';
export type { HourOfRefreshes } from '../store/refreshes';

const pageSize = 50;

/** What the address of the list asks for: a page after `from`, or before it, or the first one. */
export interface AskedPage {
  readonly query: ListQuery;
  readonly from: Place | null;
  readonly isBackwards: boolean;
}

/** One page of connections with what came of their refreshes in the last 24 hours. */
export async function readPage(
  { store, now }: Context,
  asked: AskedPage,
): Promise<ListPage & { hours: readonly HourOfRefreshes[] }> {
  const time = now();
  const page = await listPage(store, asked.query, { ...asked, size: pageSize }, iso(time));
  return { ...page, hours: await hoursOf({ store }, page.rows, time) };
}

export async function countAll({ store, now }: Context): Promise<ListCounts & { tags: (Count & { tag: string })[] }> {
  const [counts, tags] = await Promise.all([countList(store, iso(now())), countTags(store)]);
  return { ...counts, tags };
}

function hoursOf({ store }: Pick<Context, 'store'>, rows: readonly ListedConnection[], now: Date) {
  const ids = rows.map(({ id }) => id);
  return refreshesByHour(store, ids, firstHour(now));
}

/** ISO time at which the first of the 24 hours began of which the last one is this one. */
export function firstHour(now: Date): string {
  return `${iso(addSeconds(now, -23 * 3600)).slice(0, 13)}:00:00.000Z`;
}
