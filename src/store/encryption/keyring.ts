import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Key, Keys } from './cipher';
import { codeOf } from '../../lib/errors';
import { createFile, realPlace, replaceFile } from '../disk';
import { StorageError } from '../errors';

const keyBytes = 32;

/** Reads `id:base64,id:base64`. Throws a StorageError that names what is wrong without repeating a key. */
export function parseKeys(text: string, source: string): Keys {
  const keys = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => parseKey(entry, source));
  const [first, ...rest] = keys;
  if (!first) throw new StorageError(`${source} holds no key: restore it from your backup.`);
  const ids = new Set(keys.map((key) => key.id));
  if (ids.size !== keys.length)
    throw new StorageError(`${source} names a key id twice: give each key an id of its own.`);
  return [first, ...rest];
}

function parseKey(entry: string, source: string): Key {
  const [id = '', text = ''] = entry.split(/:(.*)/s);
  const bytes = Buffer.from(text, 'base64');
  const strict = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (!/^[\w-]{1,40}$/.test(id) || !strict || bytes.length !== keyBytes) {
    throw new StorageError(
      `${source} has an entry that is not a key: each is id:base64 of exactly ${keyBytes} bytes. ` +
        'Restore it from your backup; a changed key opens nothing.',
    );
  }
  return { id, bytes };
}

export function keyFileFor(databaseFile: string): string {
  return databaseFile.replace(/\.db$/, '') + '.key';
}

/** Keys of the key file, or null when there is none. Throws a StorageError when it is unreadable or open to others. */
export function readKeyFile(file: string): Keys | null {
  if (!existsSync(file)) return null;
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new StorageError(
      `The key file ${file} can be read by other users (mode ${mode.toString(8)}): run chmod 600 on it. ` +
        'If others had access to this computer, rotate the key afterwards.',
    );
  }
  return parseKeys(readText(file), `The key file ${file}`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new StorageError(
      `The key file ${file} cannot be read: give this user access, or restore it from your backup.`,
    );
  }
}

/** Makes the key file of a new database; on disk before anything is sealed with it. Fails when the file exists. */
export function createKeyFile(file: string): Keys {
  const key = newKey();
  createFile(realPlace(file), lineOf(key));
  return [key];
}

/** A link stays one: it may lead to a volume that outlives this computer. Throws a StorageError that names the file. */
export function writeKeyFile(file: string, keys: Keys): void {
  const real = realPlace(file);
  try {
    replaceFile(real, keys.map(lineOf).join(''));
  } catch (error) {
    throw new StorageError(
      `The key file ${real} cannot be written (${codeOf(error)}), so the key stays as it is: let this user write to it ` +
        'and its folder, or give the keys in ENCRYPTION_KEYS.',
    );
  }
}

export function newKey(): Key {
  const bytes = randomBytes(keyBytes);
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
}

function lineOf({ id, bytes }: Key): string {
  return `${id}:${bytes.toString('base64')}\n`;
}

/** Gives the keys when the file has changed since the last call, else null; the next start speaks about a bad file. */
export function watchKeyFile(file: string): () => Keys | null {
  let seen = identity(file);
  return () => {
    const current = identity(file);
    if (current === seen) return null;
    try {
      const keys = readKeyFile(file);
      seen = current;
      return keys;
    } catch {
      return null;
    }
  };
}

function identity(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.mtimeNs} ${stat.size}` : '';
}
