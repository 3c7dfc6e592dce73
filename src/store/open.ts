import type { Kysely } from 'kysely';
import { type Cipher, createCipher, type Keys } from './encryption/cipher';
import { proveApiKeys } from './api-keys';
import { openDatabase, unusable } from './database';
import { StorageError } from './errors';
import { dataCenterCodes } from '../zoho/data-centers';
import { checkKeys, isOlder, type KeyCheck, knownKeys, rememberKey, renewChecks } from './encryption/key-checks';
import { sealAddresses } from './targets';
import { createKeyFile, keyFileFor, parseKeys, readKeyFile, watchKeyFile } from './encryption/keyring';
import type { Database } from './schema';
import type { OpenStore } from './store';

/** Makes a key file for a new SQLite database only; `keyFile` lies elsewhere. Throws a StorageError. */
export async function openStore(
  databaseUrl: string,
  encryptionKeys: string | null,
  { keyFile: otherKeyFile, connections }: { keyFile?: string; connections?: number } = {},
): Promise<OpenStore> {
  const { db, file, close } = await openDatabase(databaseUrl, connections);
  try {
    const keyFile = encryptionKeys === null && file !== null ? (otherKeyFile ?? keyFileFor(file)) : null;
    // In one transaction, so that of two first starts at once one makes the key file and the other finds it.
    const cipher = await db.transaction().execute((locked) => openCipher(locked, keyFile, encryptionKeys));
    await checkDataCenters(db);
    return { db, cipher, file, keyFile, close };
  } catch (error) {
    await close();
    throw unusable(file, error);
  }
}

async function openCipher(
  db: Kysely<Database>,
  keyFile: string | null,
  encryptionKeys: string | null,
): Promise<Cipher> {
  const known = await knownKeys(db);
  // Watched before it is read, so that no change in between is missed.
  const changed = keyFile === null ? undefined : watchKeyFile(keyFile);
  const keys = keyFile === null ? parseKeys(encryptionKeys ?? '', 'ENCRYPTION_KEYS') : keysOf(keyFile, known);
  const cipher = createCipher(keys, changed);
  checkKeys(cipher, known, keyFile ?? 'ENCRYPTION_KEYS');
  await rememberKey({ db, cipher });
  await sealAddresses({ db, cipher });
  // A row that says so in clear could be deleted by whoever adds a key of their own.
  if (isOlder(cipher, known)) {
    await proveApiKeys({ db, cipher });
    await renewChecks(db, keys);
  }
  return cipher;
}

function keysOf(keyFile: string, known: readonly KeyCheck[]): Keys {
  const keys = readKeyFile(keyFile);
  if (keys) return keys;
  if (known.length === 0) return createKeyFile(keyFile);
  throw new StorageError(
    `The key file ${keyFile} is missing, and without it the database cannot be read: restore it from your backup. ` +
      'A new key would not open it.',
  );
}

/** What is stored is used as it is read, so a data centre that nobody knows is told here and not in the middle of a call. */
async function checkDataCenters(db: Kysely<Database>): Promise<void> {
  for (const table of ['connections', 'flows', 'revocations', 'clients', 'client_secrets'] as const) {
    const row = await db
      .selectFrom(table)
      .select('data_center')
      .where('data_center', 'not in', dataCenterCodes)
      .executeTakeFirst();
    if (!row) continue;
    throw new StorageError(
      `The table ${table} names a data centre that this Keeper does not know (${row.data_center}): ` +
        'correct it, or restore the database from your backup.',
    );
  }
}
