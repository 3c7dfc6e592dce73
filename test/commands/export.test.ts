import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formats } from '../../src/exports/formats';
import { findEvents } from '../../src/store/events';
import { testClient } from '../support/site';
import { inProcess, runCommand, type TestApp } from '../support/start';
import type { Ending } from '../support/process';
import { person } from '../support/person';

describe('export', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm', userIn: 'eu' });
  }, 60_000);
  afterAll(() => app.stop());

  function run(...args: string[]): Promise<Ending> {
    return runCommand(app, ['export', ...args]);
  }

  async function exported(): Promise<string[]> {
    const none = { action: 'exported', subject: 'crm', actor: null, since: null };
    return (await findEvents(app.server.store, none, null, 100)).map(({ actor, detail }) => `${actor}: ${detail}`);
  }

  async function expire(): Promise<void> {
    const past = new Date(Date.now() - 1000).toISOString();
    await app.server.store.db.updateTable('connections').set({ access_token_expires_at: past }).execute();
  }

  it('prints what Zoho knows, with a token that is valid now, says on stderr what it holds, and is recorded', async () => {
    await expire();
    const { code, stdout, stderr } = await run('crm', '--format', 'json');
    expect([code, stderr]).toEqual([
      0,
      'It holds the client secret, the refresh token and the access token: keep it as you keep a password.\n',
    ]);
    const read = JSON.parse(stdout) as Record<string, string>;
    const minted = app.simulator.control.minted();
    const last = (kind: string) => minted.findLast((token) => token.kind === kind)?.value;
    expect(read).toMatchObject({
      connection: 'crm',
      data_center: 'eu',
      client_secret: testClient.secret,
      refresh_token: last('refresh_token'),
      access_token: last('access_token'),
      accounts_url: app.simulator.urls.eu,
    });
    expect(Date.parse(read['access_token_expires_at'] ?? '')).toBeGreaterThan(Date.now() + 3000_000);
    expect(await exported()).toEqual(['command line: json']);
  });

  it('prints a file with NUL bytes as it is', async () => {
    const { stdout } = await run('crm', '--format', 'zcrm-php-tokens');
    expect(stdout).toMatch(/"\0zcrmsdk.+\0userEmailId";s:\d+:".+";}}$/);
  });

  it('does not record, and says nothing about, what holds no secret', async () => {
    const before = await exported();
    expect(await run('crm', '--format', 'store-nodejs')).toMatchObject({ code: 0, stderr: '' });
    expect(await exported()).toEqual(before);
  });

  it('names the known formats for an unknown one, with nothing on stdout', async () => {
    const { code, stdout, stderr } = await run('crm', '--format', 'yaml');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('There is no format called “yaml”.');
    for (const { name } of formats) expect(stderr).toContain(name);
  });

  it.each([
    [['nobody', '--format', 'env'], 'There is no connection called “nobody”.'],
    [['crm'], "required option '--format <format>' not specified"],
    [['crm', '--format', 'env', '--output', '/nowhere/x'], '/nowhere/x could not be written (ENOENT).'],
    [['crm', '--format', 'env', '--output', '.'], 'could not be written (not a file).'],
  ])('fails with words on stderr and nothing on stdout: %j', async (args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
  });

  it('writes a file for its owner only, in the place of another, behind a link, and leaves no draft', async () => {
    const file = join(app.folder, 'token.json');
    writeFileSync(file, 'old', { mode: 0o644 });
    symlinkSync('token.json', join(app.folder, 'link.json'));
    const { code, stdout } = await run('crm', '--format', 'token-json', '--output', 'link.json');
    expect([code, stdout]).toEqual([0, '']);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      access_token: expect.stringMatching(/^1000\./) as string,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(app.folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('tells why there is no token', async () => {
    await person(app).submit('/connections/crm/revoke', {}, '/connections/crm');
    const { code, stdout, stderr } = await run('crm', '--format', 'env');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Reconnect');
  });
});
