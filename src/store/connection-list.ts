import { sql } from 'kysely';
import { holds } from './connection-details';
import { isIn, type Part } from './connection-parts';
import type { ConnectionRow } from './schema';
import type { Store } from './store';

// A page of the list is a few short reads by index, however many connections there are. A search reads connection_search,
// which is narrow, from where the page begins to where it is full.

/** What the list shows of a connection: no secrets. */
const columns = [
  'id',
  'name',
  'label',
  'tags',
  'user_name',
  'user_email',
  'organisation',
  'data_center',
  'asked_data_center',
  'client_id',
  'status',
  'refresh_token_id',
  'access_token_expires_at',
  'access_token_life',
  'error_code',
  'retry_at',
  'throttled_until',
  'lease_until',
  'used_at',
  'connected_at',
] as const;

export type ListedConnection = Pick<ConnectionRow, (typeof columns)[number]>;

/** The parts that a filter leaves, those that need a look first. */
const filters = {
  '': ['refused', 'failing', 'waiting', 'rest'],
  broken: ['refused', 'failing'],
  waiting: ['waiting'],
  active: ['active'],
  disconnected: ['disconnected'],
} as const satisfies Readonly<Record<string, readonly Part[]>>;

export type ListFilter = keyof typeof filters;

export function isListFilter(text: string): text is ListFilter {
  return Object.hasOwn(filters, text);
}

export interface ListQuery {
  /** All of them have to be in name, label, account or tags. */
  readonly words: readonly string[];
  readonly filter: ListFilter;
  /** Empty for any. */
  readonly tag: string;
  /** Empty for what needs a look first. The newest cannot be searched. */
  readonly sort: '' | 'name' | 'newest';
}

/** A place in the list. `time` is when the connection there was made, for the newest; otherwise empty. */
export interface Place {
  readonly part: number;
  readonly time: string;
  readonly name: string;
}

export interface ListPage {
  readonly rows: readonly ListedConnection[];
  /** From where the pages before and after this one are read; null where there is none. */
  readonly before: Place | null;
  readonly after: Place | null;
}

export async function hasConnections({ db }: Store): Promise<boolean> {
  return (await db.selectFrom('connections').select('name').limit(1).executeTakeFirst()) !== undefined;
}

interface Reading {
  readonly from: Place | null;
  readonly isBackwards: boolean;
  readonly limit: number;
}

/** The page of `size` after `from`, or before it, or the first one when it is null. */
export async function listPage(
  store: Store,
  query: ListQuery,
  { from, isBackwards, size }: { from: Place | null; isBackwards: boolean; size: number },
  now: string,
): Promise<ListPage> {
  const parts: readonly Part[] = query.sort === '' || query.filter !== '' ? filters[query.filter] : ['all'];
  const found: { row: ListedConnection; part: number }[] = [];
  const names = isSearch(query) ? await fewMatches(store, query) : null;
  if (names?.length === 0) return { rows: [], before: null, after: null };
  for (let part = from?.part ?? 0; found.length <= size && part in parts; part += isBackwards ? -1 : 1) {
    const reading = { from: part === from?.part ? from : null, isBackwards, limit: size + 1 - found.length };
    const rows = await readPart(store, { ...query, names }, parts[part] ?? 'all', reading, now);
    found.push(...rows.map((row) => ({ row, part })));
  }
  const isMore = found.length > size;
  const shown = isBackwards ? found.slice(0, size).toReversed() : found.slice(0, size);
  const places = shown.map(({ row, part }) => ({
    part,
    time: query.sort === 'newest' ? row.connected_at : '',
    name: row.name,
  }));
  return {
    rows: shown.map(({ row }) => row),
    before: (isBackwards ? isMore : from !== null) ? (places[0] ?? null) : null,
    after: isBackwards || isMore ? (places.at(-1) ?? null) : null,
  };
}

/** `names` are all that match where these are few, else null. */
type Search = ListQuery & { readonly names: readonly string[] | null };

function readPart(store: Store, query: Search, part: Part, reading: Reading, now: string) {
  // The other parts are short, or at least shorter.
  const isLong = part === 'rest' || part === 'active' || part === 'all';
  const isWide = isSearch(query) && query.names === null;
  return isWide && isLong ? searchPart(store, query, part, reading, now) : walkPart(store, query, part, reading, now);
}

function isSearch({ words, tag }: ListQuery): boolean {
  return words.length > 0 || tag !== '';
}

/** The names of all that match, read once for all parts; null when there are more than a page is easily found in. */
async function fewMatches({ db }: Store, query: ListQuery): Promise<string[] | null> {
  const most = 500;
  const names = await matches(db, query)
    .limit(most + 1)
    .execute();
  return names.length > most ? null : names.map(({ name }) => name);
}

/** Reads the part in its order, and leaves out what was not searched for. */
function walkPart(
  { db }: Store,
  query: Search,
  part: Part,
  { from, isBackwards, limit }: Reading,
  now: string,
): Promise<ListedConnection[]> {
  const { names } = query;
  const isNewest = query.sort === 'newest';
  const isDown = isNewest !== isBackwards;
  return db
    .selectFrom('connections')
    .select(columns)
    .where((eb) => isIn(eb, part, now))
    .$if(names !== null, (some) => some.where('name', 'in', names ?? []))
    .$if(names === null && isSearch(query), (some) =>
      some.where(({ exists }) =>
        exists(matches(db, query).where('connection_search.name', '=', sql.ref<string>('connections.name'))),
      ),
    )
    .$if(from !== null && !isNewest, (some) => some.where('name', isDown ? '<' : '>', from?.name ?? ''))
    .$if(from !== null && isNewest, (some) =>
      some.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('connected_at', 'name'), isDown ? '<' : '>', tuple(from?.time ?? '', from?.name ?? '')),
      ),
    )
    .$if(isNewest, (some) => some.orderBy('connected_at', isDown ? 'desc' : 'asc'))
    .orderBy('name', isDown ? 'desc' : 'asc')
    .limit(limit)
    .execute();
}

/** Searches in the order of the names until `limit` were found in this part. */
async function searchPart(
  { db }: Store,
  query: ListQuery,
  part: Part,
  { from, isBackwards, limit }: Reading,
  now: string,
): Promise<ListedConnection[]> {
  const found: ListedConnection[] = [];
  let last = from?.name ?? null;
  for (let step = 4 * limit; ; step = Math.min(4 * step, 10_000)) {
    const some = matches(db, query)
      .$if(last !== null, (names) => names.where('name', isBackwards ? '<' : '>', last ?? ''))
      .orderBy('name', isBackwards ? 'desc' : 'asc')
      .limit(step);
    const names = (await some.execute()).map(({ name }) => name);
    if (names.length > 0) {
      const rows = db.selectFrom('connections').select(columns).where('name', 'in', names);
      const order = rows.where((eb) => isIn(eb, part, now)).orderBy('name', isBackwards ? 'desc' : 'asc');
      found.push(...(await order.limit(limit - found.length).execute()));
    }
    if (names.length < step || found.length >= limit) return found;
    last = names.at(-1) ?? null;
  }
}

function matches(db: Store['db'], { words, tag }: ListQuery) {
  const searched = tag === '' ? words : [...words, `#${tag}`];
  return db
    .selectFrom('connection_search')
    .select('connection_search.name')
    .where(({ and }) => and(searched.map(holds)))
    .$if(tag !== '', (some) =>
      some.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('connection_tags')
            .select('tag')
            .where('tag', '=', tag)
            .whereRef('connection_tags.name', '=', 'connection_search.name'),
        ),
      ),
    );
}
