import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { backUpDaily, makeBackup } from '../src/backup';
import { readConfig } from '../src/config';
import { type Restored, restoreBackup } from '../src/restore';
import { rotateKey } from '../src/rotation';
import {
  addConnection,
  claimRefresh,
  findConnection,
  listConnections,
  openRefreshToken,
} from '../src/store/connections';
import { keeper, recentEvents } from '../src/store/events';
import { beginExchange, unfinishedFlows } from '../src/store/flows';
import { verifySecrets } from '../src/store/sealed';
import { readSession, writeSession } from '../src/store/sessions';
import { type OpenStore, openStore, type Store } from '../src/store/store';
import { added, at, someGrant, someKeys, started, token } from './store/support';
import { built } from './support/build';
import { freshFolder, freshPostgres } from './support/postgres';
import { runScript } from './support/script';

const now = (): Date => new Date();

describe('backup', () => {
  it('makes one file that holds everything but the key, for its owner only, with a manifest', async () => {
    const { store, folder, keyFile } = await keeperWith(3);
    const backup = await makeBackup(store, join(folder, 'backups'), keeper, now);
    await store.close();
    expect(basename(backup)).toMatch(/^keeper-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.db$/);
    const manifest = manifestBeside(backup);
    expect(readdirSync(join(folder, 'backups')).toSorted()).toEqual(
      [basename(backup), basename(manifest.file)].toSorted(),
    );
    for (const file of [backup, manifest.file]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'backups')).mode & 0o777).toBe(0o700);
    const [keyId = '', key = ''] = readFileSync(keyFile, 'utf8').trim().split(':');
    expect(manifest.content).toMatchObject({ keys: [keyId], sha256: digest(backup), rows: { connections: 3 } });
    expect(manifest.content['schema']).toMatch(/^\d{3}-/);
    for (const file of [backup, manifest.file]) {
      expect(readFileSync(file).includes(key.slice(0, 16))).toBe(false);
      expect(readFileSync(file).includes(Buffer.from(key, 'base64').subarray(0, 16))).toBe(false);
    }
  });

  it('holds one moment of a database that is written to meanwhile', async () => {
    const { store, folder } = await keeperWith(200);
    const writer = await runScript(
      `const { openStore } = load('store/store');
       const { addRevocation } = load('store/revocations');
       const store = await openStore(args[0], null);
       const open = { connectionName: 'x', dataCenter: 'us', token: 't'.repeat(70) };
       let going = true;
       process.stdin.on('end', () => (going = false)).resume();
       console.log('begun');
       while (going) {
         await addRevocation(store, open, new Date().toISOString());
         await new Promise(setImmediate); // The database answers without waiting, so nothing else would get its turn.
       }
       await store.close();`,
      `sqlite:${store.file}`,
    );
    await writer.line();
    const backups = [];
    for (let n = 0; n < 5; n++) backups.push(await makeBackup(store, join(folder, 'backups'), keeper, now));
    writer.release();
    expect((await writer.ended).errors).toBe('');
    await store.close();
    for (const backup of backups) {
      const { rows } = await restoreElsewhere(backup, folder);
      expect(rows).toMatchObject({ connections: 200 });
    }
  }, 60_000);

  it('is refused on PostgreSQL in a sentence that names the tool for it', async () => {
    const store = await openStore(await freshPostgres(), someKeys());
    await expect(makeBackup(store, freshFolder(), keeper, now)).rejects.toThrow(/pg_dump/);
    await store.close();
    const problem = (): unknown =>
      readConfig({ DATABASE_URL: 'postgres://x/y', ENCRYPTION_KEYS: 'x', BACKUP_DIR: '/b' });
    expect(problem).toThrow(/BACKUP_DIR is for SQLite.*pg_dump/);
  });

  it('by the day is made once a day and keeps the newest', async () => {
    const { store, folder } = await keeperWith(1);
    const plan = { folder: join(folder, 'backups'), keep: 3 };
    let hours = 0;
    const clock = (): Date => new Date(Date.UTC(2026, 0, 1, hours));
    const days: string[][] = [];
    for (; hours < 5 * 24; hours += 6) {
      await backUpDaily(store, plan, clock);
      days.push(readdirSync(plan.folder).filter((name) => name.endsWith('.db')));
    }
    expect(days.map((names) => names.length)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, ...Array.from({ length: 12 }, () => 3)]);
    expect(days.at(-1)?.map((name) => name.slice(7, 17))).toEqual(['2026-01-03', '2026-01-04', '2026-01-05']);
    expect(readdirSync(plan.folder)).toHaveLength(6);
    await store.close();
  });

  it('that cannot be finished leaves no backup behind', async () => {
    const { store, folder } = await keeperWith(1);
    writeFileSync(join(folder, 'a file'), '');
    await expect(makeBackup(store, join(folder, 'a file'), keeper, now)).rejects.toThrow();
    await sql`drop table kysely_migration`.execute(store.db);
    await expect(makeBackup(store, join(folder, 'backups'), keeper, now)).rejects.toThrow(/not a whole database/);
    expect(readdirSync(join(folder, 'backups'))).toEqual([]);
    await store.close();
  });
});

describe('restore', () => {
  it('brings every secret back, on another computer that has the key', async () => {
    const { store, folder, keyFile } = await keeperWith(3);
    const tokens = await tokensOf(store);
    const backup = await makeBackup(store, join(folder, 'backups'), keeper, now);
    await store.close();
    const elsewhere = freshFolder();
    copyFileSync(keyFile, join(elsewhere, 'keeper.key'));
    const { restored, url, file } = await restoreTo(elsewhere, backup);
    expect(restored).toMatchObject({ connections: 3, secrets: { damaged: {} }, aside: null });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(elsewhere).toSorted()).toEqual(['keeper.db', 'keeper.key']);
    const after = await openStore(url, null);
    expect(await tokensOf(after)).toEqual(tokens);
    expect((await recentEvents(after, 9)).map((event) => event.action)).toContain('restored');
    await after.close();
  });

  it('ends sessions, leases and attempts to connect that were under way', async () => {
    const { store, folder } = await keeperWith(1);
    const [row] = await listConnections(store);
    if (row) await claimRefresh(store, row, 'me', { now: at(0), until: '2999-01-01T00:00:00.000Z' });
    await writeSession(store, 'sid', '{}', { now: at(0), expiresAt: '2999-01-01T00:00:00.000Z' });
    const flow = await started(store, { connectionName: 'under-way' });
    await beginExchange(store, flow, { code: token(), dataCenter: 'us' }, at(1));
    await started(store, { connectionName: 'not-answered' });
    const backup = await makeBackup(store, join(folder, 'backups'), keeper, now);
    await store.close();
    const { restored, url } = await restoreTo(folder, backup, true);
    expect(restored.interrupted).toBe(1);
    const after = await openStore(url, null);
    expect((await listConnections(after))[0]?.lease_owner).toBeNull();
    expect(await readSession(after, 'sid', at(1))).toBeNull();
    const [unfinished, ...more] = await unfinishedFlows(after);
    expect(more).toEqual([]);
    expect(unfinished).toMatchObject({ connection_name: 'under-way', status: 'interrupted', code_sealed: null });
    expect(await after.db.selectFrom('flows').select('id').where('status', '=', 'issued').execute()).toEqual([]);
    await after.close();
  });

  it('refuses to overwrite without --replace, and moves the old database aside with it', async () => {
    const { store, folder, file } = await keeperWith(2);
    const backup = await makeBackup(store, join(folder, 'backups'), keeper, now);
    await added(store, { name: 'added-later' });
    await store.close();
    const before = digest(file);
    await expect(restoreTo(folder, backup)).rejects.toThrow(/is not empty: with --replace it is moved aside/);
    expect(digest(file)).toBe(before);
    const { restored, url } = await restoreTo(folder, backup, true);
    const now2 = await openStore(url, null);
    expect(await listConnections(now2)).toHaveLength(2);
    await now2.close();
    const aside = join(folder, 'aside.db');
    copyFileSync(restored.aside ?? '', aside);
    copyFileSync(file.replace('.db', '.key'), aside.replace('.db', '.key'));
    const old = await openStore(`sqlite:${aside}`, null);
    expect(await findConnection(old, 'added-later')).toBeDefined();
    await old.close();
  });

  it('refuses while a Keeper has the database open', async () => {
    const { store, folder } = await keeperWith(1);
    const backup = await makeBackup(store, join(folder, 'backups'), keeper, now);
    await expect(restoreTo(folder, backup, true)).rejects.toThrow(/is in use: stop the Keeper first/);
    await added(store, { name: 'still-works' });
    await store.close();
    expect(readdirSync(folder).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
  });

  it('puts a backup in the place of a database that is damaged', async () => {
    const { store, folder, file } = await keeperWith(2);
    const backup = await makeBackup(store, join(folder, 'backups'), keeper, now);
    await store.close();
    writeFileSync(file, 'this is no database any more'.repeat(500));
    writeFileSync(`${file}-wal`, 'nor is this');
    await expect(restoreTo(folder, backup)).rejects.toThrow(/--replace/);
    const { restored, url } = await restoreTo(folder, backup, true);
    expect(readFileSync(restored.aside ?? '', 'utf8')).toContain('no database any more');
    const after = await openStore(url, null);
    expect(await listConnections(after)).toHaveLength(2);
    await after.close();
  });

  it.each<[string, (backup: string, folder: string) => void | Promise<void>, RegExp]>([
    ['was changed', (backup) => flipByte(backup, 5000), /not what its manifest describes/],
    [
      'was cut short',
      (backup) => writeFileSync(backup, readFileSync(backup).subarray(0, 8192)),
      /not what its manifest/,
    ],
    ['has no manifest', (backup) => rmSync(manifestBeside(backup).file), /manifest .* is missing/],
    ['is damaged in spite of its manifest', damageWithManifest, /is damaged|not a whole database/],
    ['is of a newer Keeper', asIfNewer, /used by a newer Keeper/],
    ['has a key that is not here', (_backup, folder) => rmSync(join(folder, 'keeper.key')), /key file .* is missing/],
    ['has another key than the one here', otherKey, /encrypted with key \w+, which .* does not hold/],
    ['has another key under the same id', sameIdOtherKey, /is not the one that encrypted this database/],
    [
      'belongs to a key file that others can read',
      (_b, folder) => chmodSync(join(folder, 'keeper.key'), 0o644),
      /chmod 600/,
    ],
  ])('refuses a backup that %s, and leaves all as it was', async (_what, spoil, sentence) => {
    const { store, folder, file } = await keeperWith(2);
    const backup = await makeBackup(store, join(folder, 'backups'), keeper, now);
    await store.close();
    await spoil(backup, folder);
    const before = { database: digest(file), names: readdirSync(folder) };
    await expect(restoreTo(folder, backup, true)).rejects.toThrow(sentence);
    expect({ database: digest(file), names: readdirSync(folder) }).toEqual(before);
  });

  it('needs the old key for a backup made before a rotation', async () => {
    const { store, folder, keyFile } = await keeperWith(1);
    const oldKey = readFileSync(keyFile, 'utf8');
    const backup = await makeBackup(store, join(folder, 'backups'), keeper, now);
    await rotateKey(store, keeper, now, 0);
    await store.close();
    await expect(restoreTo(folder, backup, true)).rejects.toThrow(/restore that key from your backup/);
    writeFileSync(keyFile, readFileSync(keyFile, 'utf8') + oldKey);
    expect((await restoreTo(folder, backup, true)).restored.secrets.damaged).toEqual({});
  });

  it('is refused on PostgreSQL in a sentence that names the tool for it', async () => {
    const target = { databaseUrl: 'postgres://nowhere/x', encryptionKeys: someKeys() };
    await expect(restoreBackup(target, 'x.db', false, now)).rejects.toThrow(/pg_restore/);
  });
});

describe('the commands', () => {
  it('print the path of the backup, and restore it with words about what to expect', async () => {
    const { store, folder, url, file } = await keeperWith(2);
    await store.close();
    const main = join(await built(), 'main.js');
    const env = { PATH: process.env['PATH'], DATABASE_URL: url };
    const run = (...args: string[]) => promisify(execFile)(process.execPath, [main, ...args], { env, cwd: folder });
    const { stdout } = await run('backup', join(folder, 'backups'));
    const backup = stdout.trim();
    expect(existsSync(backup)).toBe(true);
    await expect(run('restore', backup)).rejects.toMatchObject({ code: 1, stdout: '', stderr: /is not empty/ });
    rmSync(file);
    const { stderr } = await run('restore', backup);
    expect(stderr).toMatch(/2 connections; \d+ secrets, 0 of them damaged/);
    expect(stderr).toContain('may have been revoked');
  });
});

interface TestKeeper {
  store: OpenStore;
  folder: string;
  file: string;
  url: string;
  keyFile: string;
}

async function keeperWith(connections: number): Promise<TestKeeper> {
  const folder = freshFolder();
  const file = join(folder, 'keeper.db');
  const store = await openStore(`sqlite:${file}`, null);
  for (let n = 0; n < connections; n++) await addConnection(store, someGrant(), at(n));
  return { store, folder, file, url: `sqlite:${file}`, keyFile: join(folder, 'keeper.key') };
}

async function restoreTo(
  folder: string,
  backup: string,
  replace = false,
): Promise<{ restored: Restored; url: string; file: string }> {
  const file = join(folder, 'keeper.db');
  const url = `sqlite:${file}`;
  const restored = await restoreBackup({ databaseUrl: url, encryptionKeys: null }, backup, replace, now);
  return { restored, url, file };
}

async function restoreElsewhere(backup: string, home: string): Promise<{ rows: unknown }> {
  const elsewhere = freshFolder();
  copyFileSync(join(home, 'keeper.key'), join(elsewhere, 'keeper.key'));
  const { url } = await restoreTo(elsewhere, backup);
  const store = await openStore(url, null);
  expect((await verifySecrets(store)).damaged).toEqual({});
  await store.close();
  return { rows: manifestBeside(backup).content['rows'] };
}

async function tokensOf(store: Store): Promise<(string | null)[]> {
  return (await listConnections(store)).map((row) => openRefreshToken(store, row));
}

function manifestBeside(backup: string): { file: string; content: Record<string, unknown> } {
  const file = backup.replace(/\.db$/, '.json');
  return { file, content: existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {} };
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function flipByte(file: string, position: number): void {
  const bytes = readFileSync(file);
  bytes[position] = (bytes[position] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

function signAnew(backup: string): void {
  const { file, content } = manifestBeside(backup);
  writeFileSync(file, JSON.stringify({ ...content, sha256: digest(backup) }));
}

function damageWithManifest(backup: string): void {
  const bytes = readFileSync(backup);
  bytes.fill(0xa5, 4096, 4096 * 3);
  writeFileSync(backup, bytes);
  signAnew(backup);
}

function asIfNewer(backup: string): void {
  const database = new BetterSqlite(backup);
  database.exec("insert into kysely_migration (name, timestamp) values ('999-future', '2999')");
  database.close();
  signAnew(backup);
}

function otherKey(_backup: string, folder: string): void {
  writeFileSync(join(folder, 'keeper.key'), someKeys('another'));
}

function sameIdOtherKey(_backup: string, folder: string): void {
  const [id] = readFileSync(join(folder, 'keeper.key'), 'utf8').split(':');
  writeFileSync(join(folder, 'keeper.key'), someKeys(id));
}
