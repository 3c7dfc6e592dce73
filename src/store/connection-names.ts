import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { chunksOf } from './chunks';
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

/** Names with these letters in them, those that begin so first. Reads nothing but the index of names. */
export async function findNames(store: Store, letters: string, limit: number): Promise<string[]> {
  const beginning = `${letters.toLowerCase().replaceAll(/[%_\\]/g, '\\$&')}%`;
  const rows = await store.db
    .selectFrom('connections')
    .select('name')
    .$if(letters !== '', (query) =>
      query
        .where(sql<boolean>`name like ${`%${beginning}`} escape '\\'`)
        .orderBy(sql`case when name like ${beginning} escape '\\' then 0 else 1 end`),
    )
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map((row) => row.name);
}

/** Those of the names that connections have. */
export async function knownNames(store: Store, names: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const chunk of chunksOf(names)) {
    const rows = await store.db.selectFrom('connections').select('name').where('name', 'in', chunk).execute();
    for (const row of rows) known.add(row.name);
  }
  return known;
}
