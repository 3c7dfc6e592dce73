import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { addTarget } from '../../src/alerts/targets';
import { readConfig } from '../../src/config/config';
import { disconnect, remove } from '../../src/connections/connections';
import { createKeptFiles, type KeptFiles, requireKeepable } from '../../src/exports/kept-files';
import type { Keeper } from '../../src/keeper';
import { examine } from '../../src/maintenance/doctor';
import type { Finding } from '../../src/maintenance/findings';
import { inProcess, runCommand } from '../support/start';
import { recentEvents } from '../support/events';
import { type TestKeeper, withoutServer } from '../support/keeper';
import { person } from '../support/person';
import { startUpstream } from '../support/upstream';

const me = { name: 'person', ip: null };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keeper-kept-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tokenIn(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { access_token: string }).access_token;
}

describe('a kept file', () => {
  let keeper: TestKeeper;
  let name: string;
  let path: string;
  let files: KeptFiles;
  beforeEach(async () => {
    keeper = await withoutServer();
    name = await keeper.connection();
    path = join(folder, 'token.json');
    files = kept(keeper);
  });
  afterEach(() => keeper.stop());

  function kept(by: Pick<TestKeeper, 'config'> & Omit<Parameters<typeof createKeptFiles>[0], 'config'>): KeptFiles {
    const config = { ...by.config, keptFiles: [{ connection: name, format: 'token-json', path }] };
    return createKeptFiles({ ...by, config });
  }

  /** What the doctor says of files. */
  async function unwell(by: Keeper): Promise<Finding[]> {
    const findings = await examine({
      ...by,
      config: { ...by.config, keptFiles: [{ connection: name, format: 'token-json', path }] },
    });
    return findings.filter(({ subject }) => subject.startsWith('Kept file'));
  }

  async function current(): Promise<string | undefined> {
    return (await keeper.tokens.stored(name))?.accessToken;
  }

  async function kinds(): Promise<string[]> {
    const events = await recentEvents(keeper.store, 50);
    return events.filter(({ action }) => /^(exported|kept)/.test(action)).map(({ action }) => action);
  }

  it('is written at the start, for its owner only, and is recorded once', async () => {
    await files.keep();
    await files.keep();
    expect(tokenIn(path)).toBe(await current());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['token.json']);
    expect(await kinds()).toEqual(['exported']);
  });

  it('is written anew after a refresh, by this instance or another, and after a reconnect', async () => {
    const seen = new Set<string>();
    const other = await keeper.another();
    for (const change of [
      () => Promise.resolve(),
      () => keeper.tokens.refresh(name, 'person'),
      () => other.tokens.refresh(name, 'person'),
      () => keeper.reconnect(name),
    ]) {
      await change();
      await files.keep();
      expect(tokenIn(path)).toBe(await current());
      seen.add(tokenIn(path));
    }
    expect(seen.size).toBe(4);
  });

  it('is not touched while nothing changes, and comes back when somebody removes it', async () => {
    await files.keep();
    const { mtimeMs, ino } = statSync(path);
    await files.keep();
    expect(statSync(path)).toMatchObject({ mtimeMs, ino });
    rmSync(path);
    await files.keep();
    expect(tokenIn(path)).toBe(await current());
  });

  it('has a living token for days although nobody asks, since it counts as a program', async () => {
    for (let hours = 0; hours < 48; hours += 0.05) {
      await files.keep();
      expect(readdirSync(folder)).toEqual(['token.json']);
      const { expires_at: end } = JSON.parse(readFileSync(path, 'utf8')) as { expires_at: string };
      expect(Date.parse(end)).toBeGreaterThan(keeper.now().getTime());
      keeper.advance(180);
      await keeper.schedule.tick();
    }
  }, 60_000);

  it('stays as it was while Zoho gives no token, and when the connection is disconnected', async () => {
    await files.keep();
    const before = readFileSync(path, 'utf8');
    keeper.advance(3700);
    await files.keep();
    expect(readFileSync(path, 'utf8')).toBe(before);
    await disconnect(keeper, name, me);
    await files.keep();
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(files.failing()).toEqual([]);
  });

  it('is said to be renewed no more, once, after a disconnect and after a delete, and is written at a reconnect', async () => {
    await files.keep();
    await disconnect(keeper, name, me);
    for (let round = 0; round < 3; round++) await files.keep();
    expect(await kinds()).toEqual(['kept_file_ended', 'exported']);
    await keeper.reconnect(name);
    await files.keep();
    expect(tokenIn(path)).toBe(await current());
    await remove(keeper, name, me);
    for (let round = 0; round < 3; round++) await files.keep();
    expect(await kinds()).toEqual(['kept_file_ended', 'exported', 'kept_file_ended', 'exported']);
    expect(tokenIn(path)).toMatch(/^1000\./);
  });

  it('never shows half a line or no token to a reader, however often it is written', async () => {
    await files.keep();
    const writing = (async () => {
      for (let round = 0; round < 200; round++) await kept(keeper).keep();
      return 'done';
    })();
    let reads = 0;
    while ((await Promise.race([writing, wait(0)])) !== 'done') {
      expect(tokenIn(path)).toMatch(/^1000\./);
      reads += 1;
    }
    expect(reads).toBeGreaterThan(100);
  });

  it('that cannot be written is told once, on every way, keeps no refresh from succeeding, and works again', async () => {
    const receiver = await startUpstream();
    await addTarget(keeper, { kind: 'webhook', address: `${receiver.url}/zoho` }, me);
    // A folder in its place, since whoever runs the tests may write everywhere.
    mkdirSync(path);
    for (let round = 0; round < 3; round++) {
      await files.keep();
      await keeper.tokens.refresh(name, 'person');
    }
    expect(await kinds()).toEqual(['kept_file_failed']);
    expect(files.failing()).toMatchObject([{ file: { connection: name }, announced: true }]);
    expect(await unwell(keeper)).toMatchObject([
      { words: expect.stringContaining(`${path} could not be written since 20`) },
    ]);
    await keeper.deliveries.deliver();
    expect(receiver.received.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
      { type: 'kept_file.failed', connection: name, sentence: `A file that is kept for “${name}” cannot be written.` },
    ]);
    rmSync(path, { recursive: true });
    await files.keep();
    expect(tokenIn(path)).toBe(await current());
    expect(files.failing()).toEqual([]);
    expect(await kinds()).toEqual(['kept_file_recovered', 'kept_file_failed']);
    expect(await unwell(keeper)).toEqual([]);
    await receiver.close();
  });

  it('that could not be written before a restart is well as soon as it is', async () => {
    mkdirSync(path);
    await files.keep();
    const after = await keeper.another();
    expect(await unwell(after)).toHaveLength(1);
    rmSync(path, { recursive: true });
    await kept(after).keep();
    expect(await unwell(after)).toEqual([]);
  });

  it('replaces one that others could read, in full', async () => {
    writeFileSync(path, 'x'.repeat(10_000));
    chmodSync(path, 0o644);
    await files.keep();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(tokenIn(path)).toBe(await current());
  });
});

describe('KEEP_FILES', () => {
  it('is followed by the server a second after a connect and a refresh, and a failure shows on the pages', async () => {
    const [good, bad] = [join(folder, 'token.json'), join(folder, 'nowhere', '.env')];
    const app = await inProcess({ KEEP_FILES: `crm=token-json:${good},crm=env:${bad}` });
    try {
      const someone = person(app);
      await someone.connect({ name: 'crm' });
      const first = await eventually(() => tokenIn(good));
      await someone.submit('/connections/crm/refresh', {}, '/connections/crm');
      await eventually(() => expect(tokenIn(good)).not.toBe(first));
      const show = async (path: string): Promise<string> => (await someone.visit(path)).text;
      expect(await show('/connections/crm')).toContain(`${bad} could not be written (ENOENT).`);
      expect(await show('/alerts')).toContain('A file that is kept for “crm” cannot be written.');
      expect(await show('/events')).toContain('Could not write a kept file');
      const told = `${bad} could not be written since `;
      expect(await show('/doctor')).toContain(told);
      const doctor = await runCommand(app, ['doctor']);
      expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringContaining(`✗ Kept file of crm: ${told}`)]);
      expect(doctor.stdout).not.toContain(good);
      await someone.submit('/connections/crm/revoke', {}, '/connections/crm');
      expect(await show('/')).toContain(`${good} and ${bad} will not be renewed any more`);
      expect(await show('/connections/crm')).toContain(`${good} stays as it was, and what is in it has ended.`);
      await eventually(async () => expect(await show('/events')).toContain('Stopped renewing a kept file'));
      expect(await show('/doctor')).toContain('All is well.');
    } finally {
      await app.stop();
    }
  });

  it.each([
    ['php-function', 'is a program'],
    ['store-php', 'is a program'],
    ['yaml', 'is unknown'],
  ])('keeps the server from starting when it names the format %s', (format, why) => {
    const { keptFiles } = readConfig({ KEEP_FILES: `crm=${format}:/tmp/x` });
    const problem = `KEEP_FILES has "crm=${format}:/tmp/x", whose format ${format} ${why}`;
    expect(() => requireKeepable(keptFiles)).toThrow(problem);
  });
});

/** What `look` returns, as soon as it no longer throws: within a few seconds. */
async function eventually<Result>(look: () => Result | Promise<Result>): Promise<Result> {
  for (const until = Date.now() + 5000; ;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > until) throw error;
      await wait(50);
    }
  }
}
