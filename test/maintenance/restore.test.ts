import {
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { makeBackup } from '../../src/maintenance/backup';
import { restoreBackup } from '../../src/maintenance/restore';
import { rotateKey } from '../../src/maintenance/rotate-key';
import { addApiKey, findApiKey, type NewApiKey, revokeApiKey } from '../../src/store/api-keys';
import { findConnection, listConnections, openRefreshToken } from '../../src/store/connections';
import { claimRefresh } from '../../src/store/leases';
import { recentEvents } from '../support/events';
import { byKeeper } from '../../src/audit';
import { contextOn } from '../support/context';
import { beginExchange, unfinishedFlows } from '../../src/store/flows';
import { readSession, writeSession } from '../../src/store/sessions';
import { openStore } from '../../src/store/open';
import type { Store } from '../../src/store/store';
import { added, at, someKeys, started, token } from '../support/rows';
import { freshFolder } from '../support/postgres';
import { digest, storeWith, manifestBeside, restoreTo } from '../support/backups';

const now = (): Date => new Date();

describe('restore', () => {
  it('brings every secret back, on another computer that has the key', async () => {
    const { store, folder, keyFile } = await storeWith(3);
    const tokens = await tokensOf(store);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
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

  it('makes the folder of the database where there is none yet', async () => {
    const { store, folder, keyFile } = await storeWith(1);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await store.close();
    const place = join(freshFolder(), 'data');
    const keys = readFileSync(keyFile, 'utf8').trim();
    const target = { databaseUrl: `sqlite:${join(place, 'keeper.db')}`, encryptionKeys: keys };
    expect(await restoreBackup(target, backup, false, now)).toMatchObject({ connections: 1 });
    expect(statSync(place).mode & 0o777).toBe(0o700);
  });

  it('ends sessions, leases and attempts to connect that were under way', async () => {
    const { store, folder } = await storeWith(1);
    const [row] = await listConnections(store);
    if (row) await claimRefresh(store, row, 'me', { now: at(0), until: '2999-01-01T00:00:00.000Z' });
    await writeSession(store, 'sid', '{}', { now: at(0), expiresAt: '2999-01-01T00:00:00.000Z' });
    const flow = await started(store, { connectionName: 'under-way' });
    await beginExchange(store, flow, { code: token(), dataCenter: 'us' }, at(1));
    await started(store, { connectionName: 'not-answered' });
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
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
    const { store, folder, file } = await storeWith(2);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
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

  it('replaces what a symbolic link leads to, and leaves the link and the key beside it', async () => {
    const { store, folder, file } = await storeWith(2);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await added(store, { name: 'added-later' });
    await store.close();
    const disk = freshFolder();
    const target = join(disk, 'tokens.db');
    renameSync(file, target);
    symlinkSync(target, file);
    const { restored, url } = await restoreTo(folder, backup, true);
    expect(readlinkSync(file)).toBe(target);
    expect(restored.aside).toBe(join(disk, readdirSync(disk).find((name) => name.includes('replaced')) ?? ''));
    expect(readdirSync(folder).toSorted()).toEqual(['backups', 'keeper.db', 'keeper.key']);
    const after = await openStore(url, null);
    expect(await listConnections(after)).toHaveLength(2);
    await after.close();
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  it('makes the database where a symbolic link leads to nothing yet', async () => {
    const { store, folder, file } = await storeWith(1);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await store.close();
    const target = join(freshFolder(), 'tokens.db');
    rmSync(file);
    symlinkSync(target, file);
    const { restored } = await restoreTo(folder, backup);
    expect(restored.aside).toBeNull();
    expect(readlinkSync(file)).toBe(target);
    expect(statSync(target).size).toBeGreaterThan(0);
  });

  it('leaves API keys revoked that were revoked after the backup, and the others good', async () => {
    const { store, folder } = await storeWith(1);
    const [kept, ended] = [await storedKey(store), await storedKey(store)];
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await revokeApiKey(store, ended, at(60));
    await store.close();
    const { restored, url } = await restoreTo(folder, backup, true);
    expect(restored.keys).toEqual({ revoked: 1, unknown: 0 });
    const after = await openStore(url, null);
    expect(await findApiKey(after, ended)).toMatchObject({ revoked_at: at(60) });
    expect(await findApiKey(after, kept)).toMatchObject({ revoked_at: null });
    await after.close();
  });

  it.each<[string, (file: string) => void | Promise<void>]>([
    ['gone', (file) => rmSync(file)],
    ['damaged', (file) => writeFileSync(file, 'this is no database any more'.repeat(500))],
    ['begun anew', beginAnew],
  ])('counts the good API keys of which the database before, which is %s, says nothing', async (_what, lose) => {
    const { store, folder, file } = await storeWith(1);
    await storedKey(store);
    await storedKey(store, { expiresAt: at(60) });
    await revokeApiKey(store, await storedKey(store), at(30));
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await store.close();
    await lose(file);
    expect((await restoreTo(folder, backup, true)).restored.keys).toEqual({ revoked: 0, unknown: 1 });
  });

  it('refuses while a Keeper has the database open', async () => {
    const { store, folder } = await storeWith(1);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await expect(restoreTo(folder, backup, true)).rejects.toThrow(/is in use: stop the Keeper first/);
    await added(store, { name: 'still-works' });
    await store.close();
    expect(readdirSync(folder).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
  });

  it('puts a backup in the place of a database that is damaged', async () => {
    const { store, folder, file } = await storeWith(2);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
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

  it('takes nothing from the write-ahead log of a database that is gone', async () => {
    const { store, folder, file } = await storeWith(2);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await added(store, { name: 'added-later' });
    const log = readFileSync(`${file}-wal`);
    await store.close();
    rmSync(file);
    writeFileSync(`${file}-wal`, log);
    const { url } = await restoreTo(folder, backup);
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
    const { store, folder, file } = await storeWith(2);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await store.close();
    await spoil(backup, folder);
    const before = { database: digest(file), names: readdirSync(folder) };
    await expect(restoreTo(folder, backup, true)).rejects.toThrow(sentence);
    expect({ database: digest(file), names: readdirSync(folder) }).toEqual(before);
  });

  it('needs the old key for a backup made before a rotation', async () => {
    const { store, folder, keyFile } = await storeWith(1);
    const oldKey = readFileSync(keyFile, 'utf8');
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
    await rotateKey(contextOn(store), byKeeper, 0);
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

async function tokensOf(store: Store): Promise<(string | null)[]> {
  return (await listConnections(store)).map((row) => openRefreshToken(store, row));
}

async function storedKey(store: Store, change: Partial<NewApiKey> = {}): Promise<string> {
  const key = { id: token(), secret: token(), name: 'a program', connections: null, expiresAt: null };
  return (await addApiKey(store, { ...key, rights: 'read', ...change }, at(0))).id;
}

async function beginAnew(file: string): Promise<void> {
  rmSync(file);
  await (await openStore(`sqlite:${file}`, null)).close();
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
  database.exec("insert into keeper_migration (name, timestamp) values ('999-future', '2999')");
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
