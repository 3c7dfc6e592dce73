import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDailyBackup } from '../../src/maintenance/backup';
import { backupState, watchBackups } from '../../src/maintenance/backup-watch';
import { examine } from '../../src/maintenance/doctor';
import { addTarget } from '../../src/store/targets';
import { storeWith, type TestStore } from '../support/backups';
import { contextOn } from '../support/context';
import { program, someKey } from '../support/program';
import { person } from '../support/person';
import { at } from '../support/rows';
import { inProcess } from '../support/start';

const hour = 3600;

describe('without a good backup for two days', () => {
  let made: TestStore;
  let folder: string;
  beforeEach(async () => {
    made = await storeWith(1);
    folder = join(made.folder, 'backups');
    const target = {
      kind: 'webhook',
      name: 'ops',
      events: ['backup.failed'],
      address: 'https://example.com/',
    } as const;
    await addTarget(made.store, { ...target, secret: 's' }, at(0));
  });
  afterEach(() => made.store.close());

  const contextAt = (hours: number) =>
    contextOn(made.store, { now: () => new Date(at(hours * hour)), env: { BACKUP_DIR: folder } });

  async function alerted(): Promise<string[]> {
    const rows = await made.store.db
      .selectFrom('alerts')
      .innerJoin('deliveries', 'alert_id', 'alerts.id')
      .select(['type', 'sentence'])
      .orderBy('at')
      .execute();
    return rows.map(({ type, sentence }) => `${type}: ${sentence}`);
  }

  it('somebody is told once, and again when it happens again', async () => {
    const plan = { folder, keep: 7 };
    await createDailyBackup(contextAt(0), plan)();
    for (const hours of [1, 47, 48, 49, 60]) await watchBackups(contextAt(hours));
    expect(await alerted()).toEqual(['backup.failed: The last backup was made at 2026-01-01T00:00:00Z.']);
    await createDailyBackup(contextAt(61), plan)();
    for (const hours of [62, 108, 110]) await watchBackups(contextAt(hours));
    expect(await alerted()).toHaveLength(2);
    const { store } = made;
    const events = await store.db.selectFrom('events').selectAll().where('action', '=', 'backup_failed').execute();
    expect(events).toHaveLength(2);
  });

  it('counts from when it was first missed where there was never one, also when a clock was ahead then', async () => {
    writeFileSync(folder, 'not a folder');
    await watchBackups(contextAt(9000));
    for (const hours of [0, 24, 47]) await watchBackups(contextAt(hours));
    expect(await alerted()).toEqual([]);
    for (const hours of [48, 49]) await watchBackups(contextAt(hours));
    expect(await alerted()).toEqual(['backup.failed: No daily backup could be made.']);
    rmSync(folder);
  });

  it('a name in the future is no backup', async () => {
    await createDailyBackup(contextAt(0), { folder, keep: 7 })();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'keeper-2030-01-01T00-00-00-000Z.db'), '');
    expect((await backupState(contextAt(49)))?.problem).not.toBeNull();
  });

  it('doctor says so, and otherwise when the last one was made', async () => {
    const words = async (hours: number): Promise<unknown[]> =>
      (await examine(contextAt(hours))).filter(({ subject }) => subject === 'Backup');
    expect(await words(0)).toMatchObject([{ good: true, words: `none yet in ${folder}.` }]);
    await createDailyBackup(contextAt(0), { folder, keep: 7 })();
    expect(await words(1)).toMatchObject([{ good: true, words: expect.stringContaining('at 2026-01-01T00:00:00Z') }]);
    expect(await words(49)).toMatchObject([{ good: false, words: expect.stringContaining('BACKUP_DIR') }]);
    expect((await examine(contextOn(made.store))).some(({ subject }) => subject === 'Backup')).toBe(false);
  });
});

it.each([
  ['with', true],
  ['without', false],
])('dashboard and metrics show how it stands %s BACKUP_DIR', async (_what, isSet) => {
  const { folder, store } = await storeWith(0);
  await store.close();
  const app = await inProcess(isSet ? { BACKUP_DIR: folder } : {});
  try {
    const script = program(app.url, await someKey(app.server.store));
    const someone = person(app);
    const metric = async (): Promise<string | undefined> =>
      (await script.get('/metrics')).text.split('\n').find((line) => line.startsWith('zoho_token_keeper_last_backup'));
    expect(await metric()).toBe(isSet ? 'zoho_token_keeper_last_backup_timestamp_seconds 0' : undefined);
    writeFileSync(join(folder, 'keeper-2026-01-01T00-00-00-000Z.db'), '');
    expect(await metric()).toBe(isSet ? 'zoho_token_keeper_last_backup_timestamp_seconds 1767225600' : undefined);
    expect((await someone.visit('/')).text.includes('The last backup was made')).toBe(isSet);
    const today = new Date(app.now().getTime() - 1000).toISOString();
    writeFileSync(join(folder, `keeper-${today.replaceAll(/[:.]/g, '-')}.db`), '');
    expect((await someone.visit('/')).text.includes(`Last backup: <time datetime="${today}"`)).toBe(isSet);
    expect((await someone.visit('/alerts')).status).toBe(200);
    script.stop();
  } finally {
    await app.stop();
  }
});
