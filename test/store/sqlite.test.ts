import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { findDefaultClient, saveClient } from '../../src/store/clients';
import { listConnections } from '../../src/store/connections';
import { openDatabase } from '../../src/store/database';
import { StorageError } from '../../src/store/errors';
import { openStore } from '../../src/store/open';
import type { OpenStore, Store } from '../../src/store/store';
import { freshFolder } from '../support/postgres';
import { startScript } from '../support/process';
import { added, at, someKeys, useStore } from '../support/rows';

const client = { clientId: '1000.CLIENT', secret: 'the-secret', dataCenter: 'us' } as const;

// Holds the write lock until its standard input ends.
const holdLock = `
  const db = require('better-sqlite3')(args[0]);
  db.exec('begin immediate');
  console.log('held');
  process.stdin.resume().on('end', () => { db.exec('rollback'); process.exit(0); });
`;

// Opens the database when its standard input ends.
const open = `
  const { openStore } = load('store/open');
  console.log('ready');
  for await (const _ of process.stdin);
  const store = await openStore('sqlite:' + args[0], null);
  await store.close();
`;

describe('a SQLite database', () => {
  const store = useStore(async () => `sqlite:${join(freshFolder(), 'data', 'keeper.db')}`);

  it.each([
    ['synchronous', 2],
    ['journal_mode', 'wal'],
    ['secure_delete', 1],
    ['trusted_schema', 0],
    ['cell_size_check', 1],
    ['foreign_keys', 1],
  ])('is used with %s = %s', async (pragma, value) => {
    expect(await pragmaOf(store(), pragma)).toBe(value);
  });

  it('and all that lies beside it is for its owner only, whatever the umask', async () => {
    const before = process.umask(0);
    const folder = join(freshFolder(), 'made', 'here');
    const made = await openStore(`sqlite:${join(folder, 'keeper.db')}`, null).finally(() => process.umask(before));
    await saveClient(made, client, at(0));
    const modes = readdirSync(folder).map((file) => [file, modeOf(join(folder, file))]);
    await made.close();
    expect(Object.fromEntries(modes)).toEqual({
      'keeper.db': 0o600,
      'keeper.db-shm': 0o600,
      'keeper.db-wal': 0o600,
      'keeper.key': 0o600,
    });
    expect(modeOf(folder)).toBe(0o700);
  });

  it('is opened by several processes at its first start, with one key', async () => {
    const folder = freshFolder();
    const file = join(folder, 'keeper.db');
    const scripts = await Promise.all([1, 2, 3, 4, 5, 6].map(() => startScript(open, [file])));
    for (const script of scripts) await script.line();
    for (const script of scripts) script.process.stdin?.end();
    const ends = await Promise.all(scripts.map((script) => script.ended));
    expect(ends).toMatchObject(ends.map(() => ({ code: 0, signal: null, stderr: '' })));
    const { db } = await openDatabase(`sqlite:${file}`);
    expect(await db.selectFrom('meta').select('key').where('key', 'like', 'key:%').execute()).toHaveLength(1);
    await db.destroy();
    expect(readdirSync(folder).toSorted()).toEqual(['keeper.db', 'keeper.key']);
  });

  it('is made where a symbolic link leads, and for its owner only there too', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'disk'));
    const target = join(folder, 'disk', 'tokens.db');
    const url = `sqlite:${join(folder, 'keeper.db')}`;
    symlinkSync('disk/tokens.db', join(folder, 'keeper.db'));
    const before = process.umask(0);
    await (await openStore(url, null)).close().finally(() => process.umask(before));
    expect(modeOf(target)).toBe(0o600);
    await (await openStore(url, null)).close();
    expect(lstatSync(join(folder, 'keeper.db')).isSymbolicLink()).toBe(true);
  });
});

describe('a SQLite database that another process holds the lock of', () => {
  it('is waited for without blocking this process, and the write is done in the end', async () => {
    const { store, release } = await lockedStore();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const write = saveClient(store, client, at(0));
    setTimeout(release, 1200);
    await write;
    delay.disable();
    // The driver itself waits for 25 ms at a time.
    expect(delay.max / 1e6).toBeLessThan(500);
    expect(await findDefaultClient(store)).toEqual(client);
    await store.close();
  });

  it('is read all the same', async () => {
    const { store, release } = await lockedStore();
    const begun = Date.now();
    expect(await findDefaultClient(store)).toBeNull();
    expect(Date.now() - begun).toBeLessThan(200);
    release();
    await store.close();
  });

  it('keeps nobody waiting who only reads', async () => {
    const { store, release } = await lockedStore();
    const ended: string[] = [];
    const writing = saveClient(store, client, at(0)).finally(() => ended.push('written'));
    await listConnections(store);
    ended.push('read');
    release();
    await writing;
    expect(ended).toEqual(['read', 'written']);
    await store.close();
  });

  it('is given up after some seconds, with nothing written', async () => {
    const { store, release } = await lockedStore();
    // Not toThrow: the driver makes its errors in the realm of the first test file of a process.
    const refusal: unknown = await saveClient(store, client, at(0)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'SQLITE_BUSY' });
    expect(await findDefaultClient(store)).toBeNull();
    release();
    await store.close();
  });
});

describe('a SQLite database that cannot be used', () => {
  it.each([
    [
      'is no database',
      (whole: Buffer) =>
        Buffer.from('this is a text file, and a long one at that'.repeat(100), 'utf8').subarray(0, whole.length),
    ],
    ['is cut in the middle', (whole: Buffer) => whole.subarray(0, Math.floor(whole.length / 2))],
    [
      'has pages overwritten',
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(8192, 7), whole.subarray(12_288)]),
    ],
    ['has indexes that lead to other rows', misled],
  ])('because it %s is refused in one line and left as it is', async (_what, spoil) => {
    const file = join(freshFolder(), 'keeper.db');
    const store = await openStore(`sqlite:${file}`, null);
    await added(store);
    await store.close();
    writeFileSync(file, spoil(readFileSync(file)));
    await refuses(file);
  });

  it.each([
    ['in a file', null, true],
    ['in a file that is gone as well', null, false],
    ['in the environment', someKeys(), false],
  ])('because it has lost its last byte is refused in one line, with the key %s', async (_where, keys, keyFile) => {
    const file = join(freshFolder(), 'keeper.db');
    await (await openStore(`sqlite:${file}`, keys)).close();
    truncateSync(file);
    if (!keyFile) rmSync(file.replace('.db', '.key'), { force: true });
    await expect(openStore(`sqlite:${file}`, keys)).rejects.toThrow(
      /^The database .*keeper\.db is empty, without a single byte: restore it from your backup\..*$/,
    );
    expect(statSync(file).size).toBe(0);
  });

  it('because only its write-ahead log is left is refused in one line', async () => {
    const file = join(freshFolder(), 'keeper.db');
    writeFileSync(`${file}-wal`, 'what was written last');
    await expect(openStore(`sqlite:${file}`, someKeys())).rejects.toThrow(
      /^The database .*keeper\.db is gone, although .*keeper\.db-wal is there: restore it from your backup\..*$/,
    );
    expect(readdirSync(dirname(file))).toEqual(['keeper.db-wal']);
  });

  it('because its folder cannot be made is refused in one line', async () => {
    const inTheWay = join(freshFolder(), 'file');
    writeFileSync(inTheWay, '');
    const refusal: unknown = await openStore(`sqlite:${inTheWay}/keeper.db`, null).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StorageError);
    expect(String(refusal)).toMatch(/Check its folder and permissions/);
  });

  it('because it is a folder is refused in one line', async () => {
    const file = join(freshFolder(), 'keeper.db');
    mkdirSync(file);
    await expect(openStore(`sqlite:${file}`, null)).rejects.toThrow(/The database .*keeper\.db cannot be used/);
  });

  it('because another program holds it is refused with what to do', async () => {
    const file = join(freshFolder(), 'keeper.db');
    await (await openStore(`sqlite:${file}`, null)).close();
    const other = new BetterSqlite(file);
    other.exec('begin exclusive');
    await expect(openStore(`sqlite:${file}`, null)).rejects.toThrow(
      /keeper\.db cannot be used: database is locked\. Another program holds it: wait, or end what stands still/,
    );
    other.close();
    await (await openStore(`sqlite:${file}`, null)).close();
  });

  it('keeps the mode of a folder that was there before', async () => {
    const folder = freshFolder();
    chmodSync(folder, 0o750);
    const store = await openStore(`sqlite:${join(folder, 'keeper.db')}`, null);
    await store.close();
    expect(modeOf(folder)).toBe(0o750);
  });
});

/** The last byte of an index page belongs to the number of a row. */
function misled(whole: Buffer): Buffer {
  const bytes = Buffer.from(whole);
  const indexPage = 10;
  for (let page = 0; page < bytes.length; page += 4096) {
    if (bytes[page] === indexPage) bytes[page + 4095] = (bytes[page + 4095] ?? 0) ^ 1;
  }
  return bytes;
}

async function lockedStore(): Promise<{ store: OpenStore; release: () => void }> {
  const file = join(freshFolder(), 'keeper.db');
  const store = await openStore(`sqlite:${file}`, null);
  const holder = await startScript(holdLock, [file]);
  expect(await holder.line()).toBe('held');
  return { store, release: () => holder.process.stdin?.end() };
}

async function refuses(file: string): Promise<void> {
  const before = digest(file);
  const refusal: unknown = await openStore(`sqlite:${file}`, null).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StorageError);
  expect(String(refusal)).toMatch(/restore it from your backup/);
  expect(String(refusal)).not.toContain('\n');
  expect(digest(file)).toBe(before);
  expect(readdirSync(dirname(file)).toSorted()).toEqual(expect.arrayContaining(['keeper.db', 'keeper.key']));
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

async function pragmaOf(store: Store, name: string): Promise<unknown> {
  const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(store.db);
  return Object.values(rows[0] ?? {})[0];
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
