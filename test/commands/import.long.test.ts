import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formats } from '../../src/exports/formats';
import type { ConnectionRow } from '../../src/store/schema';
import { recentEvents } from '../support/events';
import { person } from '../support/person';
import type { Ending } from '../support/process';
import { testClient } from '../support/site';
import { inProcess, runCommand, startCommand, type TestApp } from '../support/start';

const dead = '1000.deaddeaddeaddeaddeaddeaddeaddead.deaddeaddeaddeaddeaddeaddeaddead';
const otherClient = {
  id: '1000.OTHERCLIENT00000000000000000000',
  secret: 'fedcba9876543210fedcba9876543210fedcba9876',
};

describe('import', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    Object.assign(app.simulator.control.settings, { refreshesPerWindow: 1000, codesPerWindow: 1000 });
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(() => forget());

  /** As on a new computer: Zoho knows the tokens still. */
  async function forget(): Promise<void> {
    await app.server.store.db.deleteFrom('connections').execute();
  }

  function importFile(content: string, ...options: string[]): Promise<Ending> {
    writeFileSync(join(app.folder, 'given'), content);
    return runCommand(app, ['import', join(app.folder, 'given'), ...options]);
  }

  async function exported(format: string, userIn: 'us' | 'eu' = 'eu'): Promise<string> {
    await person(app).connect({ name: 'crm', userIn, scopes: 'ZohoCRM.org.READ,AaaServer.profile.READ' });
    const { stdout } = await runCommand(app, ['export', 'crm', '--format', format]);
    await forget();
    return stdout;
  }

  function rows(): Promise<ConnectionRow[]> {
    return app.server.store.db.selectFrom('connections').selectAll().orderBy('name').execute();
  }

  it.each(formats.filter(({ holds }) => holds?.includes('refresh token')).map(({ name }) => name))(
    'brings back what was exported as %s, proved at Zoho',
    async (format) => {
      const { code, stdout, stderr } = await importFile(await exported(format), '--name', 'back');
      expect([code, stdout, stderr]).toEqual([0, 'back\n', '“back” is connected.\n']);
      const [row] = await rows();
      expect(row).toMatchObject({ data_center: 'eu', client_id: testClient.id, status: 'active' });
      expect(row?.user_email).toContain('@');
      const token = await runCommand(app, ['token', 'back']);
      expect([token.code, token.stdout]).toEqual([0, expect.stringMatching(/^1000\./) as string]);
    },
    30_000,
  );

  it('reads stdin, finds the data centre by itself, and is recorded and counted as a refresh', async () => {
    const { refresh_token: refreshToken } = JSON.parse(await exported('json')) as Record<string, string>;
    const command = await startCommand(app, ['import', '-'], ['pipe', 'pipe', 'pipe']);
    command.process.stdin?.end(`${refreshToken}\n`);
    expect(await command.ended).toMatchObject({ code: 0, stdout: 'default\n' });
    expect(await rows()).toMatchObject([{ name: 'default', data_center: 'eu', asked_data_center: null }]);
    const [event] = await recentEvents(app.server.store, 1);
    expect(event).toMatchObject({ action: 'imported', subject: 'default', actor: 'command line' });
    const [row] = await rows();
    const ledger = app.server.store.db.selectFrom('refreshes').selectAll();
    expect(await ledger.where('connection_id', '=', row?.id ?? '').execute()).toMatchObject([{ result: 'ok' }]);
  });

  it('names a dead one among several, ends with 1, and stores the good ones', async () => {
    const { refresh_token: good } = JSON.parse(await exported('json')) as Record<string, string>;
    const list = [
      { name: 'dead', refresh_token: dead },
      { name: 'Sales & Co', refresh_token: good },
    ];
    const { code, stdout, stderr } = await importFile(JSON.stringify({ connections: list }));
    expect([code, stdout]).toEqual([1, 'sales-co\n']);
    expect(stderr).toContain('dead: Zoho refused the refresh token at every data centre (invalid_code).');
    expect(stderr).toContain('1 of 2 could not be imported.');
    expect(await rows()).toMatchObject([{ name: 'sales-co' }]);
  });

  it.each([
    [[{ name: 'gone' }, { name: 'lives' }], 'gone: Zoho refused'],
    [[{}, {}], 'number 1: Zoho refused'],
  ])('does not give a dead one the name that was asked for: %j', async ([first, second], words) => {
    const { refresh_token: good } = JSON.parse(await exported('json')) as Record<string, string>;
    const list = [
      { ...first, refresh_token: dead },
      { ...second, refresh_token: good },
    ];
    const { code, stdout, stderr } = await importFile(JSON.stringify(list), '--name', 'one');
    expect([code, stdout]).toEqual([1, 'one\n']);
    expect(stderr).toContain('“one” is connected.');
    expect(stderr).toContain(`] ${words}`);
  });

  it('does not store a token twice', async () => {
    const content = await exported('json');
    await importFile(content);
    const { code, stdout, stderr } = await importFile(content, '--name', 'crm');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('“crm” has this refresh token already, so nothing was stored.');
    expect(await rows()).toHaveLength(1);
  });

  it('asks no other data centre when one is named, and stores nothing', async () => {
    const { refresh_token: token = '' } = JSON.parse(await exported('json')) as Record<string, string>;
    const { code, stderr } = await importFile(token, '--data-center', 'us');
    expect(code).toBe(1);
    expect(stderr).toContain('Zoho refused the refresh token at the data centre United States (invalid_client).');
    expect(await rows()).toEqual([]);
  });

  it('refuses a token of another client, and one whose client nobody knows the secret of', async () => {
    const content = await exported('json');
    const wrong = await importFile(content.replaceAll(testClient.id, otherClient.id));
    expect([wrong.code, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toContain('or was made with another client');
    const unknown = await importFile(`REFRESH_TOKEN=${dead}\nCLIENT_ID=${otherClient.id}\n`);
    expect(unknown.stderr).toContain(`The client ${otherClient.id} is not set up here`);
    expect(await rows()).toEqual([]);
    expect(await app.server.store.db.selectFrom('clients').selectAll().execute()).toEqual([]);
  });

  it('saves a client that only the file knows, as an older one', async () => {
    const content = await exported('json');
    const env = { ZOHO_CLIENT_ID: otherClient.id, ZOHO_CLIENT_SECRET: otherClient.secret };
    writeFileSync(join(app.folder, 'given'), content);
    const { code } = await runCommand(app, ['import', join(app.folder, 'given')], env);
    expect(code).toBe(0);
    expect(await app.server.store.db.selectFrom('clients').selectAll().execute()).toMatchObject([
      { client_id: testClient.id, data_center: 'eu' },
    ]);
    expect((await runCommand(app, ['token', 'crm'], env)).code).toBe(0);
  });

  it.each([
    [['--name', 'Not A Name'], 'That name cannot be used.'],
    [[], 'It is JSON without a refresh token.'],
  ])('says what is wrong with %j', async (options, words) => {
    const { code, stdout, stderr } = await importFile('{}', ...options);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
  });

  it('says that a file cannot be read, or that the name is taken', async () => {
    const missing = await runCommand(app, ['import', '/nowhere/x']);
    expect([missing.code, missing.stderr]).toEqual([1, '/nowhere/x could not be read (ENOENT).\n']);
    await person(app).connect({ name: 'crm' });
    const taken = await importFile(dead, '--name', 'crm');
    expect(taken.stderr).toContain('There is a connection called “crm” already.');
  });
});
