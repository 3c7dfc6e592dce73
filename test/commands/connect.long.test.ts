import { setTimeout as sleep } from 'node:timers/promises';
import { saveClient } from '../../src/store/clients';
import { person, someName } from '../support/person';
import type { Process } from '../support/process';
import { at, post, somebody } from '../support/simulator';
import { inProcess, runCommand, startCommand, type TestApp } from '../support/start';

const device = { id: '1004.TELEVISION', secret: 's'.repeat(42) };
const scopes = 'ZohoCRM.org.READ,AaaServer.profile.READ';

describe('connect', () => {
  let app: TestApp;
  beforeAll(async () => {
    // Beside a server that has the same database.
    app = await inProcess();
    const { control } = app.simulator;
    control.addClient({ ...device, redirectUris: [], dataCenter: 'us', type: 'device' });
    const self = control.selfClient(somebody(app.simulator, 'eu'));
    for (const [{ id, secret }, home] of [
      [device, 'us'],
      [self, 'eu'],
    ] as const) {
      await saveClient(app.server.store, { clientId: id, secret, dataCenter: home }, '2026-01-01T00:00:00.000Z');
    }
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(() => app.simulator.control.clearRequests());

  function selfCode(): string[] {
    const zuid = somebody(app.simulator, 'eu');
    const code = app.simulator.control.selfClientCode(zuid, scopes);
    return ['--client-id', app.simulator.control.selfClient(zuid).id, '--scopes', scopes, '--code', code];
  }

  async function waiting(name: string): Promise<{ command: Process; userCode: string }> {
    const command = await startCommand(app, [
      'connect',
      name,
      '--device',
      '--client-id',
      device.id,
      '--scopes',
      scopes,
    ]);
    for (;;) {
      const flows = app.server.store.db.selectFrom('flows').selectAll().where('connection_name', '=', name);
      const flow = await flows.where('status', '=', 'issued').executeTakeFirst();
      if (flow) return { command, userCode: flow.user_code ?? '' };
      await sleep(50);
    }
  }

  async function decide(userCode: string, decision: string): Promise<void> {
    const zuid = String(somebody(app.simulator, 'us'));
    await post(`${at(app.simulator)}/oauth/v3/device`, { user_code: userCode, decision, zuid });
  }

  it('takes a code, prints the name alone to stdout, and renews only when told to', async () => {
    const name = someName();
    const { code, stdout, stderr } = await runCommand(app, ['connect', name, ...selfCode()]);
    expect([code, stdout, stderr]).toEqual([0, `${name}\n`, `“${name}” is connected.\n`]);
    expect((await runCommand(app, ['token', name])).code).toBe(0);
    const again = await runCommand(app, ['connect', name, ...selfCode()]);
    expect([again.code, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toContain('with --reconnect');
    expect(await runCommand(app, ['connect', name, '--reconnect', ...selfCode()])).toMatchObject({ code: 0 });
  }, 30_000);

  it('takes from stdin the address that a consent ended at, and says why a used one is refused', async () => {
    const name = someName();
    const callback = await person(app).consent({ name });
    const command = await startCommand(app, ['connect', name, '--code', '-'], ['pipe', 'pipe', 'pipe']);
    command.process.stdin?.end(`${callback}\n`);
    expect(await command.ended).toMatchObject({ code: 0, stdout: `${name}\n` });
    const [, , , , , used = ''] = selfCode();
    const wrong = await runCommand(app, ['connect', someName(), '--code', used.replaceAll(/[a-f]/g, '0')]);
    expect([wrong.code, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toContain('used already, is older than a minute, or belongs to another data centre');
  }, 30_000);

  it('shows a code for another device and waits, beside a server that asks Zoho no second time', async () => {
    const name = someName();
    const { command, userCode } = await waiting(name);
    await decide(userCode, 'accept');
    // The command has a clock of its own; the server's is moved on.
    app.advance(31);
    const { code, stdout, stderr } = await command.ended;
    expect([code, stdout]).toEqual([0, `${name}\n`]);
    expect(stderr).toContain(`Open ${at(app.simulator)}/oauth/v3/device on any device`);
    expect(stderr).toContain(userCode);
    const polls = app.simulator.control.requests({ endpoint: 'device' }).filter(({ path }) => path.endsWith('/token'));
    expect(polls).toHaveLength(1);
  }, 30_000);

  it('tells that the person declined', async () => {
    const { command, userCode } = await waiting(someName());
    await decide(userCode, 'reject');
    app.advance(31);
    expect(await command.ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('declined at Zoho') as string,
    });
  }, 30_000);

  it('ends on Ctrl-C, and nobody waits for the code any more', async () => {
    const name = someName();
    const { command } = await waiting(name);
    while (!command.process.stderr?.readableDidRead) await sleep(50);
    const { code, stdout } = await command.end('SIGINT');
    expect([code, stdout]).toEqual([130, '']);
    const flows = app.server.store.db.selectFrom('flows').selectAll().where('connection_name', '=', name);
    expect(await flows.execute()).toMatchObject([
      { status: 'failed', error_code: 'cancelled', device_code_sealed: null },
    ]);
  }, 30_000);

  it('prints a link for somebody else, once for a name', async () => {
    const name = someName();
    const args = ['connect', name, '--link', '--expires', '1h', '--note', 'Anna, for the report'];
    const { code, stdout } = await runCommand(app, args);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^http\S+\/links\/[\w-]{43}\n$/)]);
    const page = await fetch(stdout.trim());
    expect(await page.text()).toContain('Anna, for the report');
    expect(await runCommand(app, args)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('There is an open link') as string,
    });
  }, 30_000);

  it.each<[words: string, options: string[], env: Record<string, string>]>([
    ['one of --code, --device and --link', [], {}],
    ['one of --code, --device and --link', ['--code', '1000.a.b', '--device'], {}],
    ['not through KEEPER_URL', ['--device'], { KEEPER_URL: 'http://localhost:1', KEEPER_KEY: `zt_${'a'.repeat(43)}` }],
    ['Non-browser Application', ['--device'], {}],
    ['is not set up here', ['--device', '--client-id', '1000.NOBODY'], {}],
    ['There is no code in what was pasted.', ['--code', 'Accept'], {}],
    ['which is no scope', ['--device', '--scopes', 'all!'], {}],
  ])('says “%s” for %j', async (words, options, env) => {
    const { code, stdout, stderr } = await runCommand(app, ['connect', someName(), ...options], env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
  });
});
