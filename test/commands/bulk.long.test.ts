import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { refreshTokens } from '../support/refresh-tokens';
import { inProcess, startCommand, type TestApp } from '../support/start';

describe('import of hundreds', () => {
  let app: TestApp;
  let file: string;
  beforeAll(async () => {
    app = await inProcess();
    Object.assign(app.simulator.control.settings, { livingRefreshTokens: 1000, codesPerWindow: 1000 });
    const tokens = await refreshTokens(app, 300);
    file = join(app.folder, 'all.json');
    writeFileSync(file, JSON.stringify(tokens.map((token, n) => ({ name: `c${n}`, refresh_token: token }))));
  }, 60_000);
  afterAll(() => app.stop());

  async function count(): Promise<number> {
    return (await app.server.store.db.selectFrom('connections').select('id').execute()).length;
  }

  it('keeps what is done at a signal, says what is left, and goes on when it is run again, each token tried once', async () => {
    app.simulator.control.clearRequests();
    const first = await startCommand(app, ['import', file]);
    while ((await count()) < 20) await wait(5);
    const { code, stdout, stderr } = await first.end('SIGINT');
    const stored = await count();
    expect([code, stdout.trim().split('\n').length]).toEqual([1, stored]);
    expect(stderr).toMatch(/^\[1\/300\] “c\d+” is connected\.\n/);
    expect(stderr).toContain(`Stopped: ${300 - stored} of 300 were not tried. Run it again; it goes on from there.`);
    const second = await (await startCommand(app, ['import', file])).ended;
    expect([second.code, second.stdout.trim().split('\n').length]).toEqual([0, 300 - stored]);
    expect(second.stderr.match(/has this refresh token already/g)).toHaveLength(stored);
    expect(await count()).toBe(300);
    expect(app.simulator.control.count({ endpoint: 'refresh' })).toBe(300);
  }, 90_000);
});
