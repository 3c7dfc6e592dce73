import { digest } from '../lib/secrets';
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
  return store.db
    .insertInto('api_keys')
    .values({
      id: key.id,
      secret_digest: digest(key.secret),
      name: key.name,
      connections: key.connections === null ? '*' : key.connections.join(' '),
      rights: key.rights,
      expires_at: key.expiresAt,
      created_at: now,
      last_used_at: null,
      revoked_at: null,
    })
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

/** Null when there is no such key, or it was revoked before. */
export async function revokeApiKey(store: Store, id: string, now: string): Promise<ApiKeyRow | null> {
  const row = await store.db
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

export async function markKeyUsed(store: Store, id: string, now: string): Promise<void> {
  await store.db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', id).execute();
}
