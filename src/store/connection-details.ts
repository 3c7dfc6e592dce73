import { sql, type SqlBool } from 'kysely';
import type { ConnectionRow } from './schema';
import type { Store } from './store';

/** What people write on a connection. */
export interface Details {
  readonly name: string;
  readonly label: string;
  readonly note: string;
  readonly tags: readonly string[];
}

/**
 * Saves what people wrote on a connection, its name among it, and what it is found by. Call it in a transaction. False
 * when the connection is gone.
 */
export async function saveDetails(store: Store, id: string, details: Details): Promise<boolean> {
  const row = await store.db
    .updateTable('connections')
    .set({ ...details, tags: details.tags.join(' ') })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  if (!row) return false;
  await store.db.deleteFrom('connection_tags').where('name', '=', row.name).execute();
  const tags = [...new Set(details.tags)].map((tag) => ({ tag, name: row.name }));
  if (tags.length > 0) await store.db.insertInto('connection_tags').values(tags).execute();
  await saveSearch(store, row);
  return true;
}

/** Notes what a connection is found by, after any of it changed. */
export async function saveSearch(store: Store, row: ConnectionRow): Promise<void> {
  const words = searchWords(row);
  await store.db
    .insertInto('connection_search')
    .values({ name: row.name, words })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ words }))
    .execute();
}

/** What a connection is found by. */
export function searchWords({ name, label, user_name, user_email, organisation, tags }: ConnectionRow): string {
  const marked = tags
    .split(' ')
    .filter(Boolean)
    .map((tag) => `#${tag}`);
  const words = [name, ...marked, label, user_name, user_email, organisation];
  return lowered(words.filter(Boolean).join(' ')).slice(0, 500);
}

/** As text is stored that people search. */
export function lowered(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** The condition that what a connection is found by holds the word. */
export function holds(word: string) {
  return sql<SqlBool>`words like ${`%${escaped(word)}%`} escape '\\'`;
}

/** For a pattern of LIKE in which nothing but the text itself is meant. */
export function escaped(text: string): string {
  return lowered(text).replaceAll(/[\\%_]/g, String.raw`\$&`);
}
