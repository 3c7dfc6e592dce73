import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byKeeper } from '../../src/audit';
import { makeBackup } from '../../src/maintenance/backup';
import { backupState } from '../../src/maintenance/backup-watch';
import { examine } from '../../src/maintenance/doctor';
import { createDrill } from '../../src/maintenance/drill';
import { lastDrill } from '../../src/store/drills';
import { addTarget } from '../../src/store/targets';
import { storeWith, type TestStore } from '../support/backups';
import { contextOn } from '../support/context';
import { at } from '../support/rows';
import { startScript } from '../support/process';

const hour = 3600;

describe('the restore drill', () => {
  let made: TestStore;
  let folder: string;
  beforeEach(async () => {
    made = await storeWith(2);
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
  const backUp = (hours: number) => makeBackup(contextAt(hours), folder, byKeeper);
  const drill = (hours: number) => createDrill(contextAt(hours), { folder, keep: 7 })();
  const problem = async () => (await lastDrill(made.store))?.problem ?? null;

  async function alerts(): Promise<unknown[]> {
    return made.store.db.selectFrom('alerts').select(['type', 'sentence', 'next']).execute();
  }

  it('notes when a backup was restored, and leaves nothing behind', async () => {
    await drill(0);
    expect(await lastDrill(made.store)).toBeNull();
    const backup = await backUp(1);
    await drill(2);
    expect(await lastDrill(made.store)).toEqual({ backup, at: at(2 * hour), provenAt: at(2 * hour), problem: null });
    expect(existsSync(`${made.file}.drill`)).toBe(false);
    expect((await backupState(contextAt(3)))?.drill).toEqual({ provenAt: new Date(at(2 * hour)), problem: null });
    const findings = await examine(contextAt(3));
    expect(findings.find(({ subject }) => subject === 'Restore drill')?.words).toContain('went well');
  });

  it('is made of each new backup, and of the same one again a day later', async () => {
    const tried: number[] = [];
    await backUp(0);
    for (let hours = 1; hours < 60; hours++) {
      if (hours === 10) await backUp(10);
      await createDrill(contextAt(hours), { folder, keep: 7 }, async () => void tried.push(hours))();
    }
    expect(tried).toEqual([1, 10, 34, 58]);
  });

  it('tells once when the backup was damaged, until one can be restored', async () => {
    const backup = await backUp(0);
    const bytes = readFileSync(backup);
    bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
    writeFileSync(backup, bytes);
    for (const hours of [1, 2, 3]) await drill(hours);
    expect(await problem()).toContain('it was changed or cut short');
    expect(await alerts()).toEqual([
      {
        type: 'backup.failed',
        sentence: 'The newest backup could not be restored in a drill.',
        next: expect.stringContaining('was changed or cut short'),
      },
    ]);
    await backUp(5);
    await drill(6);
    expect(await problem()).toBeNull();
    expect((await backupState(contextAt(6)))?.drill.provenAt).toEqual(new Date(at(6 * hour)));
    expect(await alerts()).toHaveLength(1);
  });

  it('notices a secret that no key opens, and a key that is not the one of the backup', async () => {
    await made.store.db.updateTable('connections').set({ refresh_token_sealed: 'v1.x.AAAA' }).execute();
    await backUp(0);
    await drill(1);
    expect(await problem()).toMatch(/^2 of \d+ secrets in .* cannot be decrypted\.$/);
    await made.store.db.updateTable('connections').set({ refresh_token_sealed: null }).execute();
    await backUp(2);
    writeFileSync(
      made.keyFile,
      readFileSync(made.keyFile, 'utf8').replace(/:.*/, `:${Buffer.alloc(32).toString('base64')}`),
    );
    await drill(3);
    expect(await problem()).toContain('key');
  });

  it('is made in a thread by the compiled program', async () => {
    const backup = await backUp(0);
    const script = await startScript(
      `const { proveInThread } = load('maintenance/proof');
       const going = new AbortController().signal;
       const prove = (backup) => proveInThread({ backup, draft: args[1], encryptionKeys: null, keyFile: args[2] }, going);
       await prove(args[0]);
       console.log(await prove(args[2]).catch(({ name }) => name));`,
      [backup, `${made.file}.drill`, made.keyFile],
    );
    const { stdout, stderr } = await script.ended;
    expect([stderr, stdout]).toEqual(['', 'StorageError\n']);
  });
});
