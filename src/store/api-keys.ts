import { sql } from 'kysely';
import { digest } from '../lib/secrets';
import { openOrNull } from './encryption/cipher';
import { keptQuery } from './kept';
import type { ApiKeyRow, KeyRights } from './schema';
import type { Store } from './store';

export interface NewApiKey {
  readonly id: string;
  readonly secret: string;
  readonly name: string;
  readonly connections: readonly string[] | null;
  readonly rights: KeyRights;
  readonly expiresAt: string | null;
}

export async function addApiKey(store: Store, key: NewApiKey, now: string): Promise<ApiKeyRow> {
  const row = {
    id: key.id,
    secret_digest: digest(key.secret),
    name: key.name,
    connections: key.connections === null ? '*' : key.connections.join(' '),
    rights: key.rights,
    expires_at: key.expiresAt,
    created_at: now,
    last_used_at: null,
    revoked_at: null,
  };
  return store.db
    .insertInto('api_keys')
    .values({ ...row, proof_sealed: proofOf(store, row) })
    .returningAll()
    .executeTakeFirstOrThrow();
}

const byId = keptQuery((db) => db.selectFrom('api_keys').selectAll().where('id', '=', ''));

export function findApiKey({ db }: Store, id: string): Promise<ApiKeyRow | undefined> {
  return byId(db, id);
}

export async function listApiKeys(store: Store): Promise<ApiKeyRow[]> {
  return store.db.selectFrom('api_keys').selectAll().orderBy('created_at', 'desc').orderBy('id').execute();
}

/** What people call the keys of these ids, by id. */
export async function keyNames({ db }: Store, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const keys =
    ids.length === 0 ? [] : await db.selectFrom('api_keys').select(['id', 'name']).where('id', 'in', ids).execute();
  return new Map(keys.map(({ id, name }) => [id, name]));
}

/** Whether the row says what the Keeper wrote. A row of anybody else who can write to the database does not. */
export function isGenuine({ cipher }: Store, row: ApiKeyRow): boolean {
  const { proof_sealed: proof } = row;
  return proof !== null && openOrNull(() => cipher.open(proof, placeOf(row))) === factsOf(row);
}

/** For keys of before there were proofs: takes every row as it is. */
export async function proveApiKeys(store: Store): Promise<void> {
  const rows = await store.db.selectFrom('api_keys').selectAll().where('revoked_at', 'is', null).execute();
  for (const row of rows) {
    const proof_sealed = proofOf(store, row);
    await store.db.updateTable('api_keys').set({ proof_sealed }).where('id', '=', row.id).execute();
  }
}

/** Lets keys that are limited to a connection go on when it gets another name. Rows that are not the Keeper's stay as they are. */
export async function renameInApiKeys(store: Store, from: string, to: string): Promise<void> {
  const rows = await store.db
    .selectFrom('api_keys')
    .selectAll()
    .where('revoked_at', 'is', null)
    .where('connections', 'like', `%${from}%`)
    .execute();
  const named = rows.filter((row) => row.connections.split(' ').includes(from) && isGenuine(store, row));
  for (const row of named) {
    const names = row.connections.split(' ').map((name) => (name === from ? to : name));
    const connections = [...new Set(names)].join(' ');
    const { numUpdatedRows } = await store.db
      .updateTable('api_keys')
      .set({ connections, proof_sealed: proofOf(store, { ...row, connections }) })
      .where('id', '=', row.id)
      .where('connections', '=', row.connections)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    // Another renaming came between, on PostgreSQL: what it wrote is read anew.
    if (numUpdatedRows === 0n) return renameInApiKeys(store, from, to);
  }
}

type Facts = Omit<ApiKeyRow, 'last_used_at' | 'revoked_at' | 'proof_sealed'>;

function proofOf({ cipher }: Store, row: Facts): string {
  return cipher.seal(factsOf(row), placeOf(row));
}

function factsOf({
  secret_digest: secret,
  name,
  connections,
  rights,
  expires_at: end,
  created_at: start,
}: Facts): string {
  return JSON.stringify([secret, name, connections, rights, end, start]);
}

function placeOf({ id }: Facts): { column: string; row: string } {
  return { column: 'api_keys.proof', row: id };
}

/** Null when there is no such key, or it was revoked before. Without its proof it does not come back to life. */
export async function revokeApiKey(store: Store, id: string, now: string): Promise<ApiKeyRow | null> {
  const row = await store.db
    .updateTable('api_keys')
    .set({ revoked_at: now, proof_sealed: null })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

export async function markKeyUsed(store: Store, id: string, now: string): Promise<void> {
  await store.db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', id).execute();
}

/**
 * In which of the hours each key took a token of any connection; only one key's when `id` is given. Looks for one use an
 * hour and counts none, since a key for thousands of connections has as many rows an hour.
 */
export async function usedHours(
  { db }: Store,
  hours: readonly string[],
  id?: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const list = sql.join(hours.map((hour) => sql`(${hour})`));
  const { rows } = await sql<{ id: string; hour: string }>`
    select api_keys.id as "id", hours.column1 as "hour" from api_keys cross join (values ${list}) as hours
    where revoked_at is null and ${id === undefined ? sql`true` : sql`api_keys.id = ${id}`} and exists
      (select 1 from token_uses where token_uses.api_key_id = api_keys.id and token_uses.hour = hours.column1)`.execute(
    db,
  );
  const used = new Map<string, Set<string>>();
  for (const row of rows) used.set(row.id, (used.get(row.id) ?? new Set()).add(row.hour));
  return used;
}
