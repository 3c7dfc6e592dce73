import { createCipher, type Keys } from './cipher';
import { type Tell, tellNobody } from '../../lib/progress';
import { StorageError } from '../errors';
import { announcedKey, announceKey, forgetKeys, keyIdOf, knownKeys, rememberKey } from './key-checks';
import { newKey, readKeyFile, writeKeyFile } from './keyring';
import { openSealed, replaceSealed, sealedColumns, sealedValues } from './sealed';
import { inTransaction, type OpenStore, type Store } from '../store';

/** Goes on with an unfinished rotation. Keys of the environment are the operator's: their first is taken as it is. */
export async function makeFirstKey({ keyFile, ...store }: OpenStore): Promise<{ id: string; isNew: boolean }> {
  // The database's write lock keeps a second rotation from losing the key that this one makes.
  const isNew = await inTransaction(store, async (locked) => {
    const unfinished = (await otherKeys(locked)).length > 0;
    if (keyFile !== null && !unfinished) await addKey(locked, keyFile);
    else await rememberKey(locked);
    return keyFile !== null && !unfinished;
  });
  // What is sealed with the first key of the file must open at the next start, so the database has to know it by then.
  if (keyFile !== null) await inTransaction(store, (locked) => putFirst(locked, keyFile));
  return { id: sealingKey(store), isNew };
}

/** At the end of the file, where it seals nothing yet. */
async function addKey(store: Store, keyFile: string): Promise<void> {
  const key = newKey();
  writeKeyFile(keyFile, [...keysIn(keyFile), key]);
  await rememberKey({ ...store, cipher: createCipher([key]) });
  await announceKey(store, key.id);
}

async function putFirst(store: Store, keyFile: string): Promise<void> {
  const id = await announcedKey(store);
  const keys = keysIn(keyFile);
  const found = keys.find((key) => key.id === id);
  if (found && found !== keys[0]) writeKeyFile(keyFile, [found, ...keys.filter((key) => key !== found)]);
}

/** Seals with the first key what other keys sealed. Counts what it sealed anew and what no key opens, which it leaves. */
export async function resealAll(store: Store, tell: Tell = tellNobody): Promise<{ resealed: number; damaged: number }> {
  let resealed = 0;
  let damaged = 0;
  for (const column of sealedColumns) {
    for await (const value of sealedValues(store, column, sealingKey(store))) {
      const plain = openSealed(store, column, value);
      if (plain === null) damaged++;
      else {
        const text = store.cipher.seal(plain, { column: column.place, row: value.row });
        if (await replaceSealed(store, column, value, text)) resealed++;
      }
      tell(`${resealed} secrets sealed anew`);
    }
  }
  return { resealed, damaged };
}

/** What was sealed with an old key meanwhile is sealed anew first. Returns the ids that are not needed now. */
export async function dropOldKeys({ keyFile, ...store }: OpenStore): Promise<string[]> {
  const ids = await inTransaction(store, async (locked) => {
    await resealAll(locked);
    const old = await otherKeys(locked);
    await forgetKeys(locked, old);
    return old;
  });
  // Only after that is on disk: a key that the database asks for at its next start must be there.
  if (keyFile !== null) {
    await inTransaction(store, async (locked) => {
      const needed = new Set([sealingKey(locked), ...(await otherKeys(locked))]);
      const [first, ...rest] = keysIn(keyFile);
      writeKeyFile(keyFile, [first, ...rest.filter((key) => needed.has(key.id))]);
    });
  }
  return ids;
}

async function otherKeys(store: Store): Promise<string[]> {
  const ids = (await knownKeys(store.db)).map(keyIdOf);
  return ids.filter((id) => id !== sealingKey(store));
}

function sealingKey({ cipher }: Store): string {
  const [first] = cipher.keyIds;
  if (first === undefined) throw new StorageError('There is no key to seal with: restore it from your backup.');
  return first;
}

function keysIn(keyFile: string): Keys {
  const keys = readKeyFile(keyFile);
  if (keys) return keys;
  throw new StorageError(`The key file ${keyFile} is missing: restore it from your backup, then rotate again.`);
}
