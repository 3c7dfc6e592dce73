import type { Kysely } from 'kysely';
import { type Cipher, createCipher, type Keys } from './cipher';
import { StorageError } from '../errors';
import type { Database } from '../schema';
import type { Store } from '../store';

/** A known text sealed with each key that this database may need: it proves which keys belong to it. */
export interface KeyCheck {
  readonly key: string;
  readonly value: string;
}

const prefix = 'key:';
const checkText = 'zoho-token-keeper 2';
/** In databases whose API keys have no proofs yet. Only whoever has the key could write it. */
const olderText = 'zoho-token-keeper';

export async function knownKeys(db: Kysely<Database>): Promise<KeyCheck[]> {
  return db.selectFrom('meta').selectAll().where('key', 'like', `${prefix}%`).orderBy('key').execute();
}

export function keyIdOf(check: KeyCheck): string {
  return check.key.slice(prefix.length);
}

/** Throws a StorageError that names the first key that is missing or another one than this database was sealed with. */
export function checkKeys(cipher: Cipher, known: readonly KeyCheck[], source: string): void {
  for (const check of known) {
    const id = keyIdOf(check);
    if (!cipher.keyIds.includes(id)) {
      throw new StorageError(
        `The database was encrypted with key ${id}, which ${source} does not hold: restore that key from your backup.`,
      );
    }
    try {
      cipher.open(check.value, placeOf(check.key));
    } catch {
      throw new StorageError(
        `Key ${id} of ${source} is not the one that encrypted this database: restore the right key from your backup.`,
      );
    }
  }
}

/** Whether no Keeper that proves its API keys has opened the database yet. For checks that `checkKeys` has let pass. */
export function isOlder(cipher: Cipher, known: readonly KeyCheck[]): boolean {
  return known.some(({ key, value }) => cipher.open(value, placeOf(key)) === olderText);
}

/** Writes down that it has. */
export async function renewChecks(db: Kysely<Database>, keys: Keys): Promise<void> {
  for (const key of keys) {
    const row = prefix + key.id;
    const value = createCipher([key]).seal(checkText, placeOf(row));
    await db.updateTable('meta').set({ value }).where('key', '=', row).execute();
  }
}

export async function rememberKey(store: Store): Promise<void> {
  const key = `${prefix}${store.cipher.keyIds[0]}`;
  const value = store.cipher.seal(checkText, placeOf(key));
  await store.db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

export async function forgetKeys(store: Store, ids: readonly string[]): Promise<void> {
  const keys = ids.map((id) => prefix + id);
  if (keys.length > 0) await store.db.deleteFrom('meta').where('key', 'in', keys).execute();
}

const announced = 'first_key';

/** Writes down which key a rotation is about to put first. */
export async function announceKey({ db }: Store, id: string): Promise<void> {
  await db
    .insertInto('meta')
    .values({ key: announced, value: id })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: id }))
    .execute();
}

export async function announcedKey({ db }: Store): Promise<string | undefined> {
  return (await db.selectFrom('meta').select('value').where('key', '=', announced).executeTakeFirst())?.value;
}

function placeOf(key: string): { column: string; row: string } {
  return { column: 'meta.value', row: key };
}
