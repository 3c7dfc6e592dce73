import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { chunksOf } from './chunks';
import { escaped, holds } from './connection-details';
import type { ConnectionRow } from './schema';
import type { Store } from './store';

interface Page {
  readonly after: string;
  readonly limit: number;
}

/** Connections by name, those after `after`; only the ones named in `names` unless it is null. */
export async function pageOfConnections(
  store: Store,
  { names, ...page }: Page & { readonly names: readonly string[] | null },
): Promise<ConnectionRow[]> {
  if (names === null) return pageBy(store, page).execute();
  const later = names.filter((name) => name > page.after).toSorted();
  const found: ConnectionRow[] = [];
  for (const chunk of chunksOf(later)) {
    if (found.length === page.limit) break;
    const limit = page.limit - found.length;
    found.push(
      ...(await pageBy(store, { ...page, limit })
        .where('name', 'in', chunk)
        .execute()),
    );
  }
  return found;
}

/** All of them by name; others get their turn in between. */
export async function* eachConnection(store: Store): AsyncGenerator<ConnectionRow> {
  const limit = 500;
  for (let after = ''; ;) {
    const page = await pageBy(store, { after, limit }).execute();
    yield* page;
    if (page.length < limit) return;
    after = page.at(-1)?.name ?? after;
    await nextTurn();
  }
}

function pageBy(store: Store, { after, limit }: Page) {
  return store.db.selectFrom('connections').selectAll().where('name', '>', after).orderBy('name').limit(limit);
}

export interface Found {
  readonly name: string;
  readonly label: string;
}

/** Connections that are found by all words of the text, by name; those first whose names begin with it. */
export async function findNamed({ db }: Store, text: string, limit: number): Promise<Found[]> {
  const words = text.split(/\s+/).filter(Boolean).slice(0, mostWords);
  const rank = sql<number>`case when name like ${`${escaped(text.trim())}%`} escape '\\' then 0 else 1 end`;
  const found = db
    .selectFrom('connection_search')
    .select(['name', rank.as('rank')])
    .where(({ and }) => and(words.map(holds)))
    .orderBy('rank')
    .orderBy('name')
    .limit(limit);
  return db
    .selectFrom(found.as('found'))
    .innerJoin('connections', 'connections.name', 'found.name')
    .select(['connections.name', 'connections.label'])
    .orderBy('rank')
    .orderBy('found.name')
    .execute();
}

const mostWords = 6;

/** Those of the names that connections have. */
export async function knownNames(store: Store, names: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const chunk of chunksOf(names)) {
    const rows = await store.db.selectFrom('connections').select('name').where('name', 'in', chunk).execute();
    for (const row of rows) known.add(row.name);
  }
  return known;
}
