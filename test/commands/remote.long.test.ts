import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { formats } from '../../src/exports/formats';
import { createAuthority } from '../support/certificates';
import { type Ending, startProgram } from '../support/process';
import { person } from '../support/person';
import { someKey } from '../support/program';
import { freePort, testClient } from '../support/site';
import { inProcess, runCommand, type TestApp } from '../support/start';
import { startUpstream, type Upstream } from '../support/upstream';

describe('the command line on another computer', () => {
  let app: TestApp;
  let elsewhere: string;
  let key: string;
  beforeAll(async () => {
    app = await inProcess();
    elsewhere = mkdtempSync(join(tmpdir(), 'keeper-test-'));
    await person(app).connect({ name: 'crm', scopes: 'ZohoCRM.org.READ,Desk.basic.READ' });
    await person(app).connect({ name: 'other', userIn: 'eu', scopes: 'AaaServer.profile.READ' });
    key = await someKey(app.server.store);
  }, 60_000);
  afterAll(async () => {
    await app.stop();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ending> {
    const settings = { KEEPER_URL: app.url, KEEPER_KEY: key, ...env };
    return (await startProgram(args, { cwd: elsewhere, env: settings, timeout: 25_000 })).ended;
  }

  it('prints the token that the Keeper has, in each format', async () => {
    const raw = (await run(['token', 'crm'])).stdout.trim();
    expect(raw).toBe((await runCommand(app, ['token', 'crm'])).stdout.trim());
    const { stdout: header } = await run(['token', 'crm', '--format', 'header']);
    expect(header).toBe(`Authorization: Zoho-oauthtoken ${raw}\n`);
    const { stdout: json } = await run(['token', 'crm', '--format', 'json']);
    expect(JSON.parse(json)).toMatchObject({ access_token: raw, connection: 'crm', token_type: 'Bearer' });
    const { stdout: env } = await run(['token', 'crm', '--format', 'env']);
    const lines = [`ZOHO_ACCESS_TOKEN=${raw}`, `ZOHO_API_DOMAIN=${app.simulator.urls.us}`];
    expect(env.split('\n')).toEqual([...lines, expect.stringMatching(/^ZOHO_ACCESS_TOKEN_EXPIRES_AT=20\S+Z$/), '']);
  });

  it('lists the connections that the key can access, over pages', async () => {
    const { code, stdout } = await run(['connections']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\ncrm +active +us [^]*\nother +active +eu /)]);
    const narrow = await someKey(app.server.store, { connections: ['other'] });
    const listed = await run(['connections', '--json'], { KEEPER_KEY: narrow });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'other' }]);
  });

  it('runs a command with a token, and keeps the key from it but not a database of its own', async () => {
    const script = 'console.log(JSON.stringify(process.env))';
    const args = ['run', 'crm', '--min-ttl', '60', '--', process.execPath, '-e', script];
    const { code, stdout } = await run(args, { DATABASE_URL: 'sqlite:theirs.db' });
    const env = JSON.parse(stdout) as Record<string, string>;
    expect([code, env['DATABASE_URL'], env['KEEPER_KEY']]).toEqual([0, 'sqlite:theirs.db', undefined]);
    expect(env['ZOHO_ACCESS_TOKEN']).toMatch(/^1000\./);
  });

  it('tests a connection by a call through the Keeper, here as there', async () => {
    const remote = await run(['test', 'crm']);
    expect(remote).toMatchObject({ code: 0, stderr: '' });
    expect(remote.stdout).toBe('crm: CRM works with this connection. (GET /crm/v8/org: 200)\n');
    expect((await runCommand(app, ['test', 'crm'])).stdout).toBe(remote.stdout);
    const desk = await run(['test', 'crm', '--product', 'desk']);
    expect(desk.stdout).toBe('crm: Desk works with this connection. (GET /api/v1/organizations: 200)\n');
    expect((await run(['test', 'other'])).stdout).toContain('has a valid token');
  });

  it.each([
    [['test', 'crm', '--product', 'books'], 'lacks a scope that this call needs: ZohoBooks.settings.READ'],
    [['test', 'crm', '--product', 'bocks'], 'There is no product called “bocks” to test: use one of '],
    [['test', 'nobody'], 'nobody'],
  ])('fails to test in words, here as there: %j', async (args, words) => {
    for (const ending of [await run(args), await runCommand(app, args)]) {
      expect([ending.code, ending.stdout]).toEqual([1, '']);
      if (words !== 'nobody') expect(ending.stderr).toContain(words);
      expect(ending.stderr.trim().split('\n')).toHaveLength(1);
    }
  });

  it('tells a product that refuses the token by its exit code', async () => {
    for (const { kind, value } of app.simulator.control.minted()) {
      if (kind === 'access_token') app.simulator.control.revokeToken(value);
    }
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: 5 });
    const { code, stdout, stderr } = await run(['test', 'crm']);
    app.simulator.control.faults.clearFaults();
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('CRM does not accept the access token.')]);
    app.advance(700);
    expect((await run(['test', 'crm'])).code).toBe(0);
  });

  describe('says in one line what is wrong', () => {
    let upstream: Upstream;
    beforeAll(async () => {
      upstream = await startUpstream();
    });
    afterAll(() => upstream.close());

    async function refusal(env: Readonly<Record<string, string>>, args = ['token', 'crm']): Promise<string> {
      const { code, stdout, stderr } = await run(args, env);
      expect([code, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1]);
      expect(stderr).not.toContain(env['KEEPER_KEY'] || key);
      return stderr;
    }

    it('with the key', async () => {
      expect(await refusal({ KEEPER_KEY: 'zt_abc' })).toContain(
        `${app.url}: That is not an API key, or not all of it.`,
      );
      expect(await refusal({ KEEPER_KEY: '"zt_abc"' })).toContain('KEEPER_KEY is no API key: copy the whole key');
      expect(await refusal({ KEEPER_KEY: '' })).toContain('KEEPER_KEY is missing: create an API key');
    });

    it('with the connection', async () => {
      expect(await refusal({}, ['token', 'nobody'])).toContain('There is no such connection, or this API key cannot');
    });

    it('with the address', async () => {
      const port = await freePort();
      expect(await refusal({ KEEPER_URL: `http://127.0.0.1:${port}` })).toContain(
        'could not be reached (ECONNREFUSED)',
      );
      expect(await refusal({ KEEPER_URL: 'https://no-such-host.invalid' })).toContain('its host name was not found');
      expect(await refusal({ KEEPER_URL: 'http://tokens.example.com' })).toContain(
        'KEEPER_URL sends secrets to tokens.example.com without encryption: use https',
      );
      expect(await refusal({ KEEPER_URL: app.url.replace('http:', 'https:') })).toContain('does not speak TLS');
    });

    it('with a server that is none of ours, and gives it no second request', async () => {
      upstream.answer((_req, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<p>Welcome'));
      expect(await refusal({ KEEPER_URL: upstream.url })).toContain('answers 200, and not as a Keeper does');
      upstream.answer((_req, res) => void res.writeHead(302, { location: 'https://id.example.com/login?x=1' }).end());
      const count = upstream.received.length;
      expect(await refusal({ KEEPER_URL: upstream.url })).toContain('redirects to https://id.example.com, and not');
      expect(upstream.received.length).toBe(count + 1);
      upstream.answer((req) => void req.socket.destroy());
      expect(await refusal({ KEEPER_URL: upstream.url })).toContain('could not be reached');
    });

    it('with a certificate', async () => {
      const server: Server = createServer(createAuthority(elsewhere).issue('localhost'), (_req, res) => void res.end());
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
      const url = `https://localhost:${(server.address() as AddressInfo).port}`;
      expect(await refusal({ KEEPER_URL: url })).toContain('its certificate is not trusted');
      server.close();
    });
  });

  describe('export', () => {
    const open = formats.filter(({ needsClient }) => !needsClient);

    it.each(open.map(({ name }) => name))(
      'gives %s by an API key, with nothing that lives longer than a token',
      async (format) => {
        const { code, stdout, stderr } = await run(['export', 'other', '--format', format]);
        const isOpen = formats.some(({ name, holds }) => name === format && holds === null);
        expect([code, stderr]).toEqual([
          0,
          isOpen ? '' : 'It holds the access token: keep it as you keep a password.\n',
        ]);
        const token = (await run(['token', 'other'])).stdout.trim();
        expect(stdout).toContain(isOpen ? 'other' : token);
        const refreshTokens = app.simulator.control.minted().filter(({ kind }) => kind === 'refresh_token');
        for (const { value } of refreshTokens) expect(stdout).not.toContain(value);
        expect(stdout).not.toContain(testClient.secret);
      },
    );

    it('leaves out what an API key does not give', async () => {
      const { stdout: env } = await run(['export', 'other', '--format', 'env']);
      const names = ['ZOHO_ACCESS_TOKEN', 'ZOHO_ACCESS_TOKEN_EXPIRES_AT', 'ZOHO_API_DOMAIN'];
      expect(Object.keys(parse(env))).toEqual(names);
      const { stdout: json } = await run(['export', 'other', '--format', 'json']);
      expect(JSON.parse(json)).toMatchObject({
        connection: 'other',
        data_center: 'eu',
        api_domain: app.simulator.urls.eu,
      });
    });

    it.each(formats.filter(({ needsClient }) => needsClient).map(({ name }) => name))(
      'refuses %s, which needs more, and says where it can be had',
      async (format) => {
        const { code, stdout, stderr } = await run(['export', 'other', '--format', format]);
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toMatch(
          /^\S+ needs the client secret.*, which no API key gives: run export on the Keeper’s own/,
        );
      },
    );

    it('tells of a connection that the key cannot access', async () => {
      const { code, stdout, stderr } = await run(['export', 'nobody', '--format', 'store-nodejs']);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('There is no such connection');
    });
  });

  it('imports nothing here that is meant for another Keeper', async () => {
    const { code, stdout, stderr } = await run(['import', '/dev/null']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`import on its own computer, or at ${app.url}/import.`);
  });

  it('does not ask the other Keeper where no address of it is set', async () => {
    const { stderr } = await run(['token', 'crm'], { KEEPER_URL: '' });
    expect(stderr).toContain('There is no database at ');
  });
});
