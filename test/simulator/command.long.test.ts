import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createAuthority } from '../support/certificates';
import type { Ending } from '../support/process';
import { members, post } from '../support/simulator';
import { runningSimulator, simulatorProcess, type SimulatorProcess } from '../support/simulator-process';

let folder: string;
const running: SimulatorProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<SimulatorProcess> {
  const one = await runningSimulator(folder, ...args);
  running.push(one);
  return one;
}

function written(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

async function refused(...args: string[]): Promise<Ending> {
  return (await simulatorProcess(folder, '--port', '0', ...args)).ended;
}

const client = { client_id: '1000.MINE', client_secret: 's3cret' };
const redirectUri = 'http://localhost:8080/back';

/** A refresh token of the client, by consent and exchange over HTTP. */
async function connected(us: string): Promise<string> {
  const query = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'ZohoCRM.org.READ',
    access_type: 'offline',
    prompt: 'consent',
  });
  const asked = { url: `${us}/oauth/v2/auth?${query.toString()}` };
  const { callback } = await members(
    fetch(`${us}/_simulator/authorize`, { method: 'POST', body: JSON.stringify(asked) }),
  );
  const code = new URL(String(callback)).searchParams.get('code') ?? '';
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...client };
  return String((await members(post(`${us}/oauth/v2/token`, fields))).refresh_token);
}

function refresh(us: string, token: string): Promise<Record<string, unknown>> {
  return members(post(`${us}/oauth/v2/token`, { grant_type: 'refresh_token', refresh_token: token, ...client }));
}

describe('zoho-simulator', () => {
  it('runs on free ports with a client of the command line, and stops at SIGTERM', async () => {
    const one = await start('--data-centers', 'us,eu', '--client', `1000.MINE:s3cret:${redirectUri}`);
    expect(Object.keys(one.addresses)).toEqual(['us', 'eu']);
    expect(one.written()).toContain('ZOHO_CLIENT_ID=1000.MINE');
    const token = await connected(one.addresses.us ?? '');
    expect(await refresh(one.addresses.us ?? '', token)).toMatchObject({ access_token: expect.any(String) });
    expect(await one.end('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it('is what its configuration says', async () => {
    const user = { zuid: 7, firstName: 'Ada', lastName: '', displayName: 'Ada', organisation: 'Looms', orgId: '70' };
    const config = written('simulator.json', {
      $schema: './config.schema.json',
      dataCenters: ['us', 'ca'],
      users: [{ ...user, email: 'ada@looms.example', dataCenter: 'us' }],
      clients: [{ id: '1000.MINE', secret: 's3cret', redirectUris: [redirectUri], dataCenter: 'us' }],
      settings: { refreshesPerWindow: 1, accessTokenLife: 60 },
      faults: [{ endpoint: 'userinfo', kind: 'html_503' }],
      stubs: [{ path: '/crm/v8/Vendors', body: { data: [] } }],
    });
    const { addresses } = await start('--config', config);
    const us = addresses.us ?? '';
    const token = await connected(us);
    const answer = await refresh(us, token);
    expect(answer).toMatchObject({ expires_in: 60 });
    expect(await refresh(us, token)).toMatchObject({ error: 'Access Denied' });
    expect((await fetch(`${us}/oauth/user/info`)).status).toBe(503);
    const headers = { authorization: `Zoho-oauthtoken ${String(answer.access_token)}` };
    expect(await members(fetch(`${us}/crm/v8/Vendors`, { headers }))).toEqual({ data: [] });
    expect(await members(fetch(`${us}/crm/v8/org`, { headers }))).toMatchObject({ org: [{ company_name: 'Looms' }] });
    expect(Object.keys(addresses)).toEqual(['us', 'ca']);
  });

  it.each([
    [{ clients: [{ id: 'a', secret: 'b', redirectUris: 'c', dataCenter: 'us' }] }, 'clients[0].redirectUris has to be'],
    [{ clients: [{ id: 'a', secret: 'b', redirectUris: [], datacenter: 'us' }] }, 'clients[0].datacenter is not known'],
    [{ settings: { codeLife: 'short' } }, 'settings.codeLife has to be a number'],
    [
      {
        faults: [
          { endpoint: 'token', kind: 'slow' },
          { endpoint: 'token', kind: 'earthquake' },
        ],
      },
      'faults[1].kind has to',
    ],
    [{ faults: [{ endpoint: 'token', kind: 'dead_token' }] }, 'faults[0].endpoint has to be api or userinfo'],
    [{ urls: { us: 'accounts.zoho.com' } }, 'urls.us has to be an origin'],
    [{ dataCenters: ['mars'] }, 'dataCenters has to be a list of us'],
    ['{"clients": [}', 'is not JSON'],
  ])('refuses %j and names the place', async (config, sentence) => {
    const { code, stderr, stdout } = await refused('--config', written('simulator.json', config));
    expect(code).toBe(1);
    expect(stderr).toContain(join(folder, 'simulator.json'));
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
  });

  it('keeps tokens, people and clients over a kill, in a file for its user only', async () => {
    const args = ['--state', join(folder, 'state.json'), '--client', `1000.MINE:s3cret:${redirectUri}`];
    const first = await start(...args);
    const us = first.addresses.us ?? '';
    const token = await connected(us);
    await members(fetch(`${us}/_simulator/advance`, { method: 'POST', body: '{"seconds":86400}' }));
    await members(fetch(`${us}/_simulator/sign-in`, { method: 'POST', body: '{"zuid":60012340138}' }));
    await settled(() => readFileSync(join(folder, 'state.json'), 'utf8').includes('"signedIn":60012340138'));
    await first.end('SIGKILL');
    expect(statSync(join(folder, 'state.json')).mode & 0o777).toBe(0o600);

    const second = await start(...args);
    const again = second.addresses.us ?? '';
    expect(await refresh(again, token)).toMatchObject({ access_token: expect.any(String) });
    expect(await members(fetch(`${again}/_simulator/state`))).toMatchObject({ signedIn: 60012340138 });
    const { now } = await members(fetch(`${again}/_simulator/now`));
    expect(Number(now) - Date.now()).toBeGreaterThan(86_000_000);
  });

  it('leaves a file alone that is no state', async () => {
    const file = written('state.json', '{"precious":true}');
    const { code, stderr } = await refused('--state', file);
    expect(code).toBe(1);
    expect(stderr).toContain('is not the state of this simulator (version has to be 1)');
    expect(readFileSync(file, 'utf8')).toBe('{"precious":true}');
  });

  it('says at the start that a state cannot be kept', async () => {
    const { code, stderr } = await refused('--state', join(folder, 'nowhere/state.json'));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/nowhere\/state\.json cannot be written: ENOENT.*\n$/)]);
  });

  it.each([
    [['--tls-cert', 'state.json', '--tls-key', 'state.json'], 'are no certificate (PEM) and its key'],
    [['--client', '1000.MINE:s3cret:localhost:8080/back'], '--client needs id:secret:redirect'],
    [['--client', `1000.MINE:a:${redirectUri}`, '--client', `1000.MINE:b:${redirectUri}`], 'is there twice'],
  ])('refuses %j in a line', async (args, sentence) => {
    written('state.json', '{}');
    const { code, stderr } = await refused(...args);
    expect([code, stderr.trimEnd().split('\n')]).toEqual([1, [expect.stringContaining(sentence)]]);
  });

  it('stops with a line when the state cannot be kept any more', async () => {
    mkdirSync(join(folder, 'kept'));
    const { addresses, ended } = await start('--state', join(folder, 'kept/state.json'));
    rmSync(join(folder, 'kept'), { recursive: true });
    await fetch(`${addresses.us}/_simulator/advance`, { method: 'POST', body: '{"seconds":1}' });
    expect(await ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\S+ cannot be written: ENOENT.*\n$/),
    });
  });

  it('gives product APIs ports of their own, and then mixing them up fails', async () => {
    const one = await start('--data-centers', 'us', '--separate-api');
    const api = /API (\S+)/.exec(one.written())?.[1] ?? '';
    expect(api).not.toBe(one.addresses.us);
    expect(one.written()).toContain(`ZOHO_API_URLS=us=${api}`);
    expect((await fetch(`${api}/crm/v8/org`)).status).toBe(401);
    expect((await fetch(`${one.addresses.us}/crm/v8/org`)).status).toBe(404);
    expect((await post(`${api}/oauth/v2/token`, { grant_type: 'refresh_token' })).status).toBe(404);
  });

  it('is Zoho by name over TLS, all hosts on one port', async () => {
    const authority = createAuthority(folder);
    const names = ['accounts.zoho.com', 'www.zohoapis.com', 'accounts.zoho.eu', 'www.zohoapis.eu', 'desk.zoho.eu'];
    const { cert, key } = authority.issue(names.join(',DNS:'));
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    const one = await start(
      ...['--data-centers', 'us,eu', '--tls-cert', 'cert.pem', '--tls-key', 'key.pem'],
      ...['--url', 'us=https://accounts.zoho.com,eu=https://accounts.zoho.eu'],
      ...['--api-url', 'us=https://www.zohoapis.com,eu=https://www.zohoapis.eu'],
    );
    const { port } = new URL(one.addresses.us ?? '');
    const ca = readFileSync(authority.file);
    const ask = (host: string, path: string): Promise<[number, unknown]> =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path, ca, servername: host, headers: { host } };
        request(options, (res) => void json(res).then((body) => resolve([res.statusCode ?? 0, body]), reject))
          .on('error', reject)
          .end();
      });
    expect(await ask('accounts.zoho.eu', '/.well-known/openid-configuration')).toMatchObject([
      200,
      { issuer: 'https://accounts.zoho.eu' },
    ]);
    expect(await ask('accounts.zoho.com', '/oauth/serverinfo')).toMatchObject([
      200,
      { locations: { us: 'https://accounts.zoho.com', eu: 'https://accounts.zoho.eu' } },
    ]);
    expect(await ask('www.zohoapis.com', '/crm/v8/org')).toMatchObject([401, { code: 'AUTHENTICATION_FAILURE' }]);
    expect(await ask('desk.zoho.eu', '/api/v1/myinfo')).toMatchObject([401, { errorCode: 'UNAUTHORIZED' }]);
    expect(await ask('www.zohoapis.com', '/oauth/serverinfo')).toMatchObject([404, {}]);
  });
});

async function settled(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
