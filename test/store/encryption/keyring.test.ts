import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDefaultClient, saveClient } from '../../../src/store/clients';
import { StorageError } from '../../../src/store/errors';
import { newKey, parseKeys, writeKeyFile } from '../../../src/store/encryption/keyring';
import { openStore } from '../../../src/store/open';
import { freshFolder, freshPostgres } from '../../support/postgres';
import { at, someKeys } from '../../support/rows';

const client = { clientId: '1000.CLIENT', secret: 'the-secret', dataCenter: 'us' } as const;

describe('the key file of a SQLite database', () => {
  it('is made with the database, for its owner only, and opens it again', async () => {
    const { url, keyFile } = await usedDatabase();
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(await secretIn(url)).toBe(client.secret);
  });

  it('is refused and not made anew when it is gone', async () => {
    const { url, file, keyFile } = await usedDatabase();
    rmSync(keyFile);
    await refuses(url, file, /key file .*keeper\.key is missing.*restore it from your backup/);
    expect(existsSync(keyFile)).toBe(false);
  });

  it('is refused when it holds another key', async () => {
    const { url, file, keyFile } = await usedDatabase();
    writeFileSync(keyFile, `${someKeys('another')}\n`);
    await refuses(url, file, /encrypted with key [0-9a-f]{8}, which .*keeper\.key does not hold: restore that key/);
  });

  it('is refused when it holds another key under the same id', async () => {
    const { url, file, keyFile } = await usedDatabase();
    const id = readFileSync(keyFile, 'utf8').split(':')[0] ?? '';
    writeFileSync(keyFile, `${someKeys(id)}\n`);
    await refuses(url, file, /is not the one that encrypted this database: restore the right key/);
  });

  it('is refused when it is cut short or empty', async () => {
    const { url, file, keyFile } = await usedDatabase();
    const whole = readFileSync(keyFile, 'utf8');
    for (const length of [0, 8, 9, 20, whole.length - 3]) {
      writeFileSync(keyFile, whole.slice(0, length));
      await refuses(url, file, /[Rr]estore it from your backup/);
      expect(readFileSync(keyFile, 'utf8')).toBe(whole.slice(0, length));
    }
  });

  it.each([0o604, 0o640, 0o644, 0o666])('is refused when others may read or change it (%o)', async (mode) => {
    const { url, file, keyFile } = await usedDatabase();
    chmodSync(keyFile, mode);
    await refuses(url, file, /can be read by other users \(mode \d{3}\): run chmod 600/);
  });

  it('is used as it is by a new database', async () => {
    const { file, url, keyFile } = await usedDatabase();
    const before = digest(keyFile);
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    const store = await openStore(url, null);
    expect(store.cipher.keyIds).toEqual([readFileSync(keyFile, 'utf8').split(':')[0]]);
    await store.close();
    expect(digest(keyFile)).toBe(before);
  });

  it('is not written to when it changes, also where a crash has left its draft behind', async () => {
    const { keyFile } = await usedDatabase();
    const before = readFileSync(keyFile, 'utf8');
    const [draft, held] = [`${keyFile}.new`, `${keyFile}.held`];
    for (const name of [draft, held]) linkSync(keyFile, name);
    writeKeyFile(keyFile, [newKey()]);
    expect(readFileSync(held, 'utf8')).toBe(before);
    expect(readFileSync(keyFile, 'utf8')).not.toBe(before);
  });

  it('is not needed when the environment gives the keys', async () => {
    const file = join(freshFolder(), 'keeper.db');
    const store = await openStore(`sqlite:${file}`, someKeys());
    expect(store.keyFile).toBeNull();
    await store.close();
    expect(existsSync(keyFileOf(file))).toBe(false);
  });
});

describe('keys in the environment', () => {
  it('open what an older one of them sealed, and seal with the first', async () => {
    const url = `sqlite:${join(freshFolder(), 'keeper.db')}`;
    const [oldKey, newKey] = [someKeys('old'), someKeys('new')];
    await use(url, oldKey);
    const store = await openStore(url, `${newKey},${oldKey}`);
    expect((await findDefaultClient(store))?.secret).toBe(client.secret);
    expect(store.cipher.keyIds).toEqual(['new', 'old']);
    await store.close();
    await expect(openStore(url, newKey)).rejects.toThrow(/encrypted with key old, which ENCRYPTION_KEYS does not hold/);
  });

  it('are refused on PostgreSQL when they are not those of the database', async () => {
    const url = await freshPostgres();
    await use(url, someKeys('k1'));
    await expect(openStore(url, someKeys('k1'))).rejects.toThrow(/Key k1 of ENCRYPTION_KEYS is not the one/);
    await expect(openStore(url, null)).rejects.toThrow(/ENCRYPTION_KEYS holds no key/);
  });

  it.each([
    ['nothing', ''],
    ['a key without an id', randomBytes(32).toString('base64')],
    ['31 bytes', `k1:${randomBytes(31).toString('base64')}`],
    ['33 bytes', `k1:${randomBytes(33).toString('base64')}`],
    ['text that is not base64', `k1:${'!'.repeat(44)}`],
    ['an id with a space', `k 1:${randomBytes(32).toString('base64')}`],
    ['one id twice', `${someKeys('k1')},${someKeys('k1')}`],
  ])('are refused with %s, in a sentence that repeats no key', (_what, text) => {
    expect(() => parseKeys(text, 'ENCRYPTION_KEYS')).toThrow(StorageError);
    const value = text.split(':')[1] ?? text;
    if (value !== '') expect(() => parseKeys(text, 'ENCRYPTION_KEYS')).not.toThrow(value);
  });
});

async function usedDatabase(): Promise<{ url: string; file: string; keyFile: string }> {
  const file = join(freshFolder(), 'keeper.db');
  await use(`sqlite:${file}`, null);
  return { url: `sqlite:${file}`, file, keyFile: keyFileOf(file) };
}

async function use(url: string, keys: string | null): Promise<void> {
  const store = await openStore(url, keys);
  await saveClient(store, client, at(0));
  await store.close();
}

async function secretIn(url: string): Promise<string | undefined> {
  const store = await openStore(url, null);
  const found = await findDefaultClient(store);
  await store.close();
  return found?.secret;
}

/** Refused in one line, and the database is byte for byte what it was. */
async function refuses(url: string, file: string, sentence: RegExp): Promise<void> {
  const before = digest(file);
  const refusal: unknown = await openStore(url, null).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StorageError);
  expect(String(refusal)).toMatch(sentence);
  expect(String(refusal)).not.toContain('\n');
  expect(digest(file)).toBe(before);
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function keyFileOf(file: string): string {
  return file.replace(/\.db$/, '.key');
}
