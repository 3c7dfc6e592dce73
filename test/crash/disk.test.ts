import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { inProcess, type TestApp } from '../support/start';
import { pathOf, person, type Person } from '../support/person';
import { smallDisk } from '../support/small-disk';
import { program, type Program, someKey, tokenPath } from '../support/program';
import { openStore } from '../../src/store/open';
import { describeWhere } from '../support/skip';

const disk = smallDisk(8);
const why = 'a small disk can be mounted by root only; test/crash/syscalls.long.test.ts has the same faults';

const describeOnDisk = describeWhere(disk !== null, 'a disk that is full', why);

describeOnDisk('a disk that is full', () => {
  const { fill, free, folder, unmount } = disk ?? { fill() {}, free() {}, folder: '', unmount() {} };
  let app: TestApp;
  let someone: Person;
  let script: Program;
  beforeAll(async () => {
    app = await inProcess({ DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}` });
    someone = person(app);
    await someone.connect({ name: 'stored' });
    script = program(app.url, await someKey(app.server.store));
  });
  afterEach(() => free());
  afterAll(async () => {
    script.stop();
    await app.stop();
    unmount();
  });

  it('does not keep stored tokens from being served, nor the dashboard from being seen', async () => {
    fill();
    const { status, body } = await script.get(tokenPath('stored'));
    expect({ status, connection: body['connection'] }).toEqual({ status: 200, connection: 'stored' });
    const page = await someone.visit('/');
    expect(page.status).toBe(200);
    expect(page.text).toContain('stored');
  });

  it('is told at /readyz and in words to people and programs, and is over as soon as there is space', async () => {
    fill();
    app.advance(6);
    expect((await script.get('/readyz')).status).toBe(503);
    const refused = await script.post('/api/v1/connections/stored/refresh');
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ code: 'storage_unavailable', retry_after: 5 });
    expect(refused.body['detail']).toMatch(/disk is full.*Free some space/);
    expect(app.simulator.control.count({ endpoint: 'refresh' })).toBe(0);
    free();
    app.advance(16); // The claim of the failed refresh may have been stored: it ends by itself.
    expect((await script.get('/readyz')).status).toBe(200);
    expect((await script.post('/api/v1/connections/stored/refresh')).status).toBe(200);
  });

  it('stops a connect before its code is spent, so that the same callback works later', async () => {
    app.advance(601);
    const callback = pathOf(await someone.consent({ name: 'later' }));
    app.simulator.control.clearRequests();
    fill();
    const refused = await someone.visit(callback);
    expect(refused.status).toBe(503);
    expect(refused.text).toContain('disk is full');
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(0);
    free();
    expect((await someone.visit(callback)).text).toContain('“later” is connected.');
  });

  it('loses no tokens that arrive while it is full: they are stored when there is space', async () => {
    app.advance(601);
    const callback = pathOf(await someone.consent({ name: 'patient' }));
    app.simulator.control.clearRequests();
    app.simulator.control.faults.inject({ endpoint: 'exchange', kind: 'slow', delay_ms: 300 });
    const page = someone.visit(callback);
    await app.simulator.control.arrived(1, { endpoint: 'exchange' });
    fill();
    await logged(app, 'tokens could not be stored');
    free();
    expect((await page).text).toContain('“patient” is connected.');
  });

  it('has left a sound database behind', async () => {
    expect(app.logged.filter((line) => /1000\.[0-9a-f]{32}/.test(line))).toEqual([]);
    await app.restart();
    expect((await someone.visit('/connections/stored')).status).toBe(200);
    expect((await someone.visit('/connections/patient')).text).toContain('Active');
  });
});

describeOnDisk('a start on a disk that is not as it was', () => {
  it('is refused while it is full, with no word of a backup', async () => {
    const full = smallDisk(8);
    if (!full) throw new Error('the second disk could not be mounted');
    const url = `sqlite:${join(full.folder, 'keeper.db')}`;
    try {
      await (await openStore(url, null)).close();
      full.fill();
      await expect(openStore(url, null)).rejects.toThrow(/^The database .* See whether its disk is full, [^.]*\.$/);
      full.free();
      await (await openStore(url, null)).close();
    } finally {
      full.unmount();
    }
  });

  it('is refused in one line while it is read-only', async () => {
    const readOnly = smallDisk(8);
    if (!readOnly) throw new Error('the second disk could not be mounted');
    const url = `sqlite:${join(readOnly.folder, 'keeper.db')}`;
    try {
      await (await openStore(url, null)).close();
      execFileSync('mount', ['-o', 'remount,ro', readOnly.folder]);
      await expect(openStore(url, null)).rejects.toThrow(
        /^The database .* cannot be used: .*[Rr]ead-?only.*Check its folder/,
      );
    } finally {
      readOnly.unmount();
    }
  });
});

/** Waits for a log line: it comes within a retry or two. */
async function logged(app: TestApp, message: string): Promise<void> {
  while (!app.logged.some((line) => line.includes(message))) await new Promise((resolve) => setTimeout(resolve, 20));
}
