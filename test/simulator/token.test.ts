import { createHash } from 'node:crypto';
import type { Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  client,
  codeOf,
  connect,
  credentials,
  exchange,
  members,
  post,
  redirectUri,
  refresh,
  start,
  type Fields,
} from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

const newCode = (query: Fields = {}) => codeOf(simulator.control.authorize(authorizeUrl(simulator, query)));
const token = () => `${at(simulator)}/oauth/v2/token`;

it('exchanges a code for tokens, the members in Zoho’s order', async () => {
  const answer = await exchange(simulator, newCode());
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json;charset=UTF-8');
  const reply = await members(answer);
  expect(Object.keys(reply)).toEqual([
    'access_token',
    'refresh_token',
    'scope',
    'api_domain',
    'token_type',
    'expires_in',
  ]);
  expect(reply).toMatchObject({ token_type: 'Bearer', expires_in: 3600, api_domain: at(simulator) });
  expect(reply.refresh_token).toMatch(/^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
});

it('refreshes without a new refresh token, as often as the limit allows', async () => {
  const { access, refresh: refreshToken } = await connect(simulator);
  const reply = await members(refresh(simulator, refreshToken));
  expect(Object.keys(reply)).toEqual(['access_token', 'scope', 'api_domain', 'token_type', 'expires_in']);
  expect(reply.access_token).not.toBe(access);
});

it('gives no refresh token for online access', async () => {
  expect(await members(exchange(simulator, newCode({ access_type: 'online' })))).not.toHaveProperty('refresh_token');
});

it('takes a code once, and not after its minute', async () => {
  const [once, late] = [newCode(), newCode()];
  await exchange(simulator, once);
  expect(await members(exchange(simulator, once))).toEqual({ error: 'invalid_code' });
  simulator.control.advance(60);
  expect(await members(exchange(simulator, late))).toEqual({ error: 'invalid_code' });
});

it('keeps a code alive as long as it is told', async () => {
  simulator.control.settings.codeLife = 180;
  const code = newCode();
  simulator.control.advance(170);
  expect(await members(exchange(simulator, code))).toHaveProperty('access_token');
});

it.each<[string, Fields]>([
  ['invalid_client', { client_id: '1000.NOBODY' }],
  ['invalid_client', { grant_type: 'password' }],
  ['invalid_client_secret', { client_secret: 'wrong' }],
  ['invalid_client_secret', { client_secret: '' }],
  ['invalid_redirect_uri', { redirect_uri: 'http://localhost:3000/' }],
  ['invalid_code', { code: '1000.a.b' }],
  ['invalid_code', { grant_type: 'refresh_token' }],
])('answers %s with status 200 for %j', async (error, fields) => {
  const good = { grant_type: 'authorization_code', code: newCode(), redirect_uri: redirectUri, ...credentials };
  const answer = await post(token(), { ...good, ...fields });
  expect(answer.status).toBe(200);
  expect(await members(answer)).toEqual({ error });
});

it('gives nothing to another client that got hold of a code or refresh token', async () => {
  const other = { id: '1000.OTHER', secret: 's', redirectUris: [redirectUri], dataCenter: 'us' as const };
  simulator.control.addClient(other);
  const own = { client_id: other.id, client_secret: other.secret, redirect_uri: redirectUri };
  const stolen = await post(token(), { grant_type: 'authorization_code', code: newCode(), ...own });
  expect(await members(stolen)).toEqual({ error: 'invalid_code' });
  const refreshed = await post(token(), {
    grant_type: 'refresh_token',
    refresh_token: (await connect(simulator)).refresh,
    ...own,
  });
  expect(await members(refreshed)).toEqual({ error: 'invalid_code' });
});

it('does not take an access token for a refresh token', async () => {
  const { access } = await connect(simulator);
  expect(await members(refresh(simulator, access))).toEqual({ error: 'invalid_code' });
});

it('answers 400 to GET and to a request without grant type', async () => {
  const query = new URLSearchParams({ grant_type: 'authorization_code', code: newCode(), ...credentials }).toString();
  expect((await fetch(`${token()}?${query}`)).status).toBe(400);
  expect((await post(token(), credentials)).status).toBe(400);
});

describe('reads the parameters', () => {
  let fields: Fields;
  beforeEach(async () => {
    fields = { grant_type: 'refresh_token', refresh_token: (await connect(simulator)).refresh };
  });

  it('from a query string', async () => {
    const query = new URLSearchParams({ ...fields, ...credentials }).toString();
    expect(await members(fetch(`${token()}?${query}`, { method: 'POST' }))).toHaveProperty('access_token');
  });

  it('from a multipart body, and notes them as form fields', async () => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...credentials, note: 'Zoë\r\nand more' }))
      body.set(name, value);
    body.set('file', new Blob(['client_id=evil']), 'a.txt');
    expect(await members(fetch(token(), { method: 'POST', body }))).toHaveProperty('access_token');
    const [request] = simulator.control.requests({ endpoint: 'refresh' });
    expect(request?.form).toEqual({ ...fields, ...credentials, note: 'Zoë\r\nand more' });
  });

  it('with the client in a Basic header', async () => {
    const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
    expect(await members(post(token(), fields, { authorization: `Basic ${basic}` }))).toHaveProperty('access_token');
  });
});

describe('PKCE', () => {
  const verifier = 'v'.repeat(43);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const s256 = { code_challenge: challenge, code_challenge_method: 'S256' };
  const redeem = (code: string, more: Fields) =>
    members(
      post(token(), { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...credentials, ...more }),
    );

  it('checks the verifier where a challenge was sent', async () => {
    expect(await redeem(newCode(s256), { code_verifier: verifier })).toHaveProperty('access_token');
    expect(await redeem(newCode(s256), { code_verifier: 'w'.repeat(43) })).toEqual({ error: 'invalid_code' });
    expect(await redeem(newCode(s256), {})).toEqual({ error: 'invalid_code' });
  });

  it('takes a plain challenge too', async () => {
    expect(await redeem(newCode({ code_challenge: verifier }), { code_verifier: verifier })).toHaveProperty(
      'access_token',
    );
  });

  it('looks away when told', async () => {
    simulator.control.settings.pkce = 'ignore';
    expect(await redeem(newCode(s256), {})).toHaveProperty('access_token');
  });
});

describe('by switch', () => {
  it('answers in the form before 2019, without scope, with another api_domain', async () => {
    Object.assign(simulator.control.settings, {
      expiresInSec: true,
      scopeInReply: false,
      apiDomain: 'https://elsewhere.example',
    });
    const reply = await members(exchange(simulator, newCode()));
    expect(reply).toMatchObject({
      expires_in_sec: 3600,
      expires_in: 3_600_000,
      api_domain: 'https://elsewhere.example',
    });
    expect(reply).not.toHaveProperty('scope');
  });

  it('leaves api_domain out', async () => {
    simulator.control.settings.apiDomainInReply = false;
    expect(await members(exchange(simulator, newCode()))).not.toHaveProperty('api_domain');
  });

  it('spells out .ALL', async () => {
    simulator.control.settings.expandAll = true;
    const reply = await members(exchange(simulator, newCode({ scope: 'ZohoCRM.modules.ALL' })));
    expect(reply.scope).toBe(
      'ZohoCRM.modules.READ ZohoCRM.modules.CREATE ZohoCRM.modules.UPDATE ZohoCRM.modules.DELETE',
    );
  });

  it('rotates refresh tokens, the old one living a minute more', async () => {
    simulator.control.settings.rotateRefreshTokens = true;
    const old = (await connect(simulator)).refresh;
    const { refresh_token: fresh } = await members(refresh(simulator, old));
    expect(fresh).not.toBe(old);
    simulator.control.advance(50);
    expect(await members(refresh(simulator, old))).toHaveProperty('access_token');
    simulator.control.advance(10);
    expect(await members(refresh(simulator, old))).toEqual({ error: 'invalid_code' });
    expect(await members(refresh(simulator, String(fresh)))).toHaveProperty('access_token');
  });
});
