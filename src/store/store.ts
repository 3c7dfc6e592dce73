import type { Kysely } from 'kysely';
import { type Cipher, type Key, createCipher } from './cipher';
import { openDatabase } from './database';
import { StoreError } from './errors';
import { createKeyFile, keyFileFor, parseKeys, readKeyFile } from './keyring';
import type { Database } from './schema';

/** The database with the cipher of its secrets: the first argument of every query function. */
export interface Store {
  readonly db: Kysely<Database>;
  readonly cipher: Cipher;
}

export interface OpenStore extends Store {
  readonly file: string | null;
  /** The key file in use; null when the keys come from the environment. */
  readonly keyFile: string | null;
  close(): Promise<void>;
}

type Keys = readonly [Key, ...Key[]];

/**
 * Opens database and keys and makes sure that they belong together. Makes a key file for a new SQLite database only.
 * Throws a StoreError that says what to restore.
 */
export async function openStore(databaseUrl: string, encryptionKeys: string | null): Promise<OpenStore> {
  const { db, file } = await openDatabase(databaseUrl);
  try {
    const known = await knownKeys(db);
    const keyFile = encryptionKeys === null && file !== null ? keyFileFor(file) : null;
    const keys = keyFile === null ? parseKeys(encryptionKeys ?? '', 'ENCRYPTION_KEYS') : keysOf(keyFile, known);
    const cipher = createCipher(keys);
    checkKeys(cipher, known, keyFile ?? 'ENCRYPTION_KEYS');
    const store = { db, cipher };
    await rememberKey(store);
    return { ...store, file, keyFile, close: () => db.destroy() };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Runs `work` in one transaction. No call to Zoho belongs inside. */
export function inTransaction<Result>(store: Store, work: (store: Store) => Promise<Result>): Promise<Result> {
  return store.db.transaction().execute((db) => work({ db, cipher: store.cipher }));
}

interface KeyCheck {
  key: string;
  value: string;
}

const checkText = 'zoho-token-keeper';

async function knownKeys(db: Kysely<Database>): Promise<KeyCheck[]> {
  return db.selectFrom('meta').selectAll().where('key', 'like', 'key:%').orderBy('key').execute();
}

function keysOf(keyFile: string, known: readonly KeyCheck[]): Keys {
  const keys = readKeyFile(keyFile);
  if (keys) return keys;
  if (known.length === 0) return createKeyFile(keyFile);
  throw new StoreError(
    `The key file ${keyFile} is missing, and without it the database cannot be read: restore it from your backup. ` +
      'A new key would not open it.',
  );
}

function checkKeys(cipher: Cipher, known: readonly KeyCheck[], source: string): void {
  for (const { key, value } of known) {
    const id = key.slice('key:'.length);
    if (!cipher.keyIds.includes(id)) {
      throw new StoreError(
        `The database was encrypted with key ${id}, which ${source} does not hold: restore that key from your backup.`,
      );
    }
    try {
      cipher.open(value, placeOf(key));
    } catch {
      throw new StoreError(
        `Key ${id} of ${source} is not the one that encrypted this database: restore the right key from your backup.`,
      );
    }
  }
}

async function rememberKey(store: Store): Promise<void> {
  const key = `key:${store.cipher.keyIds[0]}`;
  const value = store.cipher.seal(checkText, placeOf(key));
  await store.db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

function placeOf(key: string): { column: string; row: string } {
  return { column: 'meta.value', row: key };
}
