import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sql } from 'kysely';
import { createDailyBackup, makeBackup } from '../../src/maintenance/backup';
import { lastBackupIn } from '../../src/maintenance/backup-folder';
import { readConfig } from '../../src/config/config';
import { parseKey } from '../../src/auth/key-format';
import { byKeeper } from '../../src/audit';
import { contextOn } from '../support/context';
import { verifySecrets } from '../../src/store/encryption/sealed';
import { openStore } from '../../src/store/open';
import { someKeys } from '../support/rows';
import { freshFolder, freshPostgres } from '../support/postgres';
import { startProgram, startScript } from '../support/process';
import { digest, storeWith, manifestBeside, restoreTo } from '../support/backups';

describe('backup', () => {
  it('makes one file that holds everything but the key, for its owner only, with a manifest', async () => {
    const { store, folder, keyFile } = await storeWith(3);
    const backup = await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper);
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
    const { store, folder } = await storeWith(200);
    const writer = await startScript(
      `const { openStore } = load('store/open');
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
      [`sqlite:${store.file}`],
    );
    await writer.line();
    const backups = [];
    for (let n = 0; n < 5; n++) backups.push(await makeBackup(contextOn(store), join(folder, 'backups'), byKeeper));
    writer.process.stdin?.end();
    expect((await writer.ended).stderr).toBe('');
    await store.close();
    for (const backup of backups) {
      const { rows } = await restoreElsewhere(backup, folder);
      expect(rows).toMatchObject({ connections: 200 });
    }
  }, 60_000);

  it('is refused on PostgreSQL in a sentence that names the tool for it', async () => {
    const store = await openStore(await freshPostgres(), someKeys());
    await expect(makeBackup(contextOn(store), freshFolder(), byKeeper)).rejects.toThrow(/pg_dump/);
    await store.close();
    const problem = (): unknown =>
      readConfig({ DATABASE_URL: 'postgres://x/y', ENCRYPTION_KEYS: 'x', BACKUP_DIR: '/b' });
    expect(problem).toThrow(/BACKUP_DIR is for SQLite.*pg_dump/);
  });

  it('by the day is made once a day and keeps the newest', async () => {
    const { store, folder } = await storeWith(1);
    const plan = { folder: join(folder, 'backups'), keep: 3 };
    let hours = 0;
    const clock = (): Date => new Date(Date.UTC(2026, 0, 1, hours));
    const days: string[][] = [];
    for (; hours < 5 * 24; hours += 6) {
      await createDailyBackup(contextOn(store, { now: clock }), plan)();
      days.push(readdirSync(plan.folder).filter((name) => name.endsWith('.db')));
    }
    expect(days.map((names) => names.length)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, ...Array.from({ length: 12 }, () => 3)]);
    expect(days.at(-1)?.map((name) => name.slice(7, 17))).toEqual(['2026-01-03', '2026-01-04', '2026-01-05']);
    expect(readdirSync(plan.folder)).toHaveLength(6);
    await store.close();
  });

  it('by the day does not wait for a date that a clock ahead has written, nor gives up a real one for it', async () => {
    const { store, folder } = await storeWith(1);
    const plan = { folder: join(folder, 'backups'), keep: 1 };
    const made = async (year: number, day: number): Promise<string[]> => {
      await createDailyBackup(contextOn(store, { now: () => new Date(Date.UTC(year, 0, day)) }), plan)();
      const names = readdirSync(plan.folder).filter((name) => name.endsWith('.db'));
      return names.map((name) => name.slice(7, 17)).toSorted();
    };
    expect(await made(2026, 1)).toEqual(['2026-01-01']);
    expect(await made(2027, 1)).toEqual(['2027-01-01']);
    expect(await made(2026, 1)).toEqual(['2026-01-01', '2027-01-01']);
    expect(await made(2026, 2)).toEqual(['2026-01-02', '2027-01-01']);
    expect(lastBackupIn(plan.folder, new Date(Date.UTC(2026, 0, 3)))).toEqual(new Date(Date.UTC(2026, 0, 2)));
    await store.close();
  });

  it('by the day that fails is tried again an hour later, and not before, since each try copies all', async () => {
    const { store, folder } = await storeWith(1);
    let minutes = 0;
    const now = (): Date => new Date(Date.UTC(2026, 0, 1, 0, minutes));
    const tried: number[] = [];
    const copy = async (): Promise<never> => {
      tried.push(minutes);
      throw new Error('no space left');
    };
    const backUp = createDailyBackup(contextOn(store, { now }), { folder: join(folder, 'backups'), keep: 1 }, copy);
    for (; minutes < 130; minutes++) await backUp().catch(() => undefined);
    expect(tried).toEqual([0, 60, 120]);
    await store.close();
  });

  it('is made in a thread, while which everything else goes on', async () => {
    const { store, file, folder } = await storeWith(1);
    await sql`
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)
      insert into events (id, at, actor, action, subject)
      select hex(randomblob(16)), '2026-01-01T00:00:00.000Z', 'script', 'api_called', 'crm' from n`.execute(store.db);
    await store.close();
    const script = await startScript(
      `const { monitorEventLoopDelay } = require('node:perf_hooks');
       const { makeCopy, makeCopyInThread } = load('maintenance/backup-copy');
       const longest = async (work) => {
         const delay = monitorEventLoopDelay({ resolution: 5 });
         delay.enable();
         const copied = await work();
         await new Promise((resolve) => setTimeout(resolve, 20));
         return { longest: delay.max / 1e6, rows: copied.rows.events, sha256: copied.sha256 };
       };
       const going = new AbortController().signal;
       const inThread = await longest(() => makeCopyInThread(args[0], args[1] + '/thread.db', going));
       const here = await longest(() => makeCopy(args[0], args[1] + '/here.db'));
       const damaged = await makeCopyInThread(process.execPath, args[1] + '/none.db', going).catch((error) => error.code);
       const stopping = new AbortController();
       setTimeout(() => stopping.abort(), 150);
       const stopped = await longest(() =>
         makeCopyInThread(args[0], args[1] + '/stopped.db', stopping.signal).catch(({ message }) => ({ rows: { events: message } })));
       console.log(JSON.stringify({ inThread, here, damaged, stopped }));`,
      [file, folder],
    );
    const { stdout, stderr } = await script.ended;
    expect(stderr).toBe('');
    const { inThread, here, damaged, stopped } = JSON.parse(stdout) as Record<
      string,
      { longest: number; rows: unknown }
    >;
    expect([inThread?.rows, here?.rows]).toEqual([200_000, 200_000]);
    expect(inThread?.longest).toBeLessThan((here?.longest ?? 0) / 2);
    expect(damaged).toBe('SQLITE_NOTADB');
    expect(stopped?.rows).toContain('cut short');
  }, 60_000);

  it('that cannot be finished leaves no backup behind', async () => {
    const { store, folder } = await storeWith(1);
    writeFileSync(join(folder, 'a file'), '');
    await expect(makeBackup(contextOn(store), join(folder, 'a file'), byKeeper)).rejects.toThrow();
    await sql`drop table keeper_migration`.execute(store.db);
    await expect(makeBackup(contextOn(store), join(folder, 'backups'), byKeeper)).rejects.toThrow(
      /not a whole database/,
    );
    expect(readdirSync(join(folder, 'backups'))).toEqual([]);
    await store.close();
  });
});

describe('a store that is closed', () => {
  it('leaves everything in the one file, also while somebody else has it open', async () => {
    const { store, file, url } = await storeWith(3);
    const other = await openStore(url, null);
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    await store.close();
    expect(statSync(`${file}-wal`).size).toBe(0);
    await other.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
  });
});

describe('the commands', () => {
  it('print the path of the backup, and restore it with words about what to expect', async () => {
    const { store, folder, url, file } = await storeWith(2);
    await store.close();
    const run = async (...args: string[]) =>
      (await startProgram(args, { cwd: folder, env: { DATABASE_URL: url } })).ended;
    const keys = [await run('keys', 'create', '--name', 'one'), await run('keys', 'create', '--name', 'two')];
    const { stdout } = await run('backup', join(folder, 'backups'));
    const backup = stdout.trim();
    expect(existsSync(backup)).toBe(true);
    await run('keys', 'revoke', parseKey((keys[0]?.stdout ?? '').trim())?.id ?? '');
    expect(await run('restore', backup)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/is not empty/),
    });
    expect((await run('restore', '--replace', backup)).stderr).toContain('stay revoked: 1.');
    rmSync(file);
    const { stderr } = await run('restore', backup);
    expect(stderr).toMatch(/API keys that work again: 2\..*keys list/);
    expect(stderr).toMatch(/2 connections; \d+ secrets, 0 of them damaged/);
    expect(stderr).toContain('may have been revoked');
  });
});

async function restoreElsewhere(backup: string, home: string): Promise<{ rows: unknown }> {
  const elsewhere = freshFolder();
  copyFileSync(join(home, 'keeper.key'), join(elsewhere, 'keeper.key'));
  const { url } = await restoreTo(elsewhere, backup);
  const store = await openStore(url, null);
  expect((await verifySecrets(store)).damaged).toEqual({});
  await store.close();
  return { rows: manifestBeside(backup).content['rows'] };
}
