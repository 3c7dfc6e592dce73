import type { Simulator } from '../../src/simulator/simulator';
import {
  at,
  call,
  client,
  codeOf,
  members,
  post,
  redirectUri,
  somebody,
  start,
  type Fields,
} from '../support/simulator';

// Portals (Vertical Solutions, Commerce) have an OAuth of their own below /clientoauth/v2/{portal}/.

const portal = '10067233036';
const member = { id: `${portal}.AAAABBBBCCCCDDDDEEEEFFFFGGGG00`, secret: 'cd'.repeat(21) };

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
  simulator.control.addClient({ ...member, redirectUris: [redirectUri], dataCenter: 'us', portal });
});
afterEach(() => simulator.close());

const path = `/clientoauth/v2/${portal}`;
const authorizeUrl = (base: string, query: Fields = {}) => {
  const parameters = { client_id: member.id, response_type: 'code', redirect_uri: redirectUri, access_type: 'offline' };
  const all = new URLSearchParams({ ...parameters, scope: 'ZohoCRM.org.READ', ...query });
  return `${at(simulator)}${base}/auth?${all.toString()}`;
};
const token = (base: string, fields: Fields, who = member) =>
  members(post(`${at(simulator)}${base}/token`, { client_id: who.id, client_secret: who.secret, ...fields }));
const exchange = (base: string, code: string) =>
  token(base, { grant_type: 'authorization_code', code, redirect_uri: redirectUri });
const newCode = () => codeOf(simulator.control.authorize(authorizeUrl(path, { prompt: 'consent' })));

it('asks for consent, exchanges, refreshes and revokes at the portal', async () => {
  const page = await (await fetch(authorizeUrl(path))).text();
  const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? '';
  const query = Object.fromEntries(new URL(authorizeUrl(path)).searchParams);
  const back = await post(at(simulator) + action, { ...query, decision: 'accept' });
  const callback = new URL(back.headers.get('location') ?? '').searchParams;
  expect(callback.get('accounts-server')).toBe(at(simulator));
  const first = await exchange(path, callback.get('code') ?? '');
  expect(Object.keys(first)).toEqual([
    'access_token',
    'refresh_token',
    'scope',
    'api_domain',
    'token_type',
    'expires_in',
  ]);
  const refreshed = await token(path, { grant_type: 'refresh_token', refresh_token: String(first.refresh_token) });
  expect(refreshed).toMatchObject({ scope: 'ZohoCRM.org.READ', api_domain: at(simulator), token_type: 'Bearer' });
  expect((await call(simulator, '/crm/v8/org', String(refreshed.access_token))).status).toBe(200);
  const revoked = await post(`${at(simulator)}${path}/token/revoke`, { token: String(first.refresh_token) });
  expect(await members(revoked)).toEqual({ status: 'success' });
  expect((await call(simulator, '/crm/v8/org', String(refreshed.access_token))).status).toBe(401);
});

it('revokes at both of the paths that Zoho’s pages name, and at no other portal’s nor Zoho’s own', async () => {
  const { refresh_token: value } = await exchange(path, newCode());
  const revoke = async (where: string) =>
    (await post(`${at(simulator)}${where}/token/revoke`, { token: String(value) })).status;
  expect(await revoke('/oauth/v2')).toBe(400);
  expect(await revoke('/clientoauth/v2/999')).toBe(400);
  expect(await revoke(`${path}/auth`)).toBe(200);
});

it('knows its client at the portal only', async () => {
  for (const base of ['/oauth/v2', '/clientoauth/v2/999']) {
    const page = await fetch(authorizeUrl(base));
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('<h1>Invalid Client</h1>')]);
    expect(await exchange(base, newCode())).toEqual({ error: 'invalid_client' });
  }
  expect(await exchange(path, newCode())).toHaveProperty('access_token');
});

it('does not know the clients of Zoho’s own console, nor people of other data centres', async () => {
  const page = await fetch(authorizeUrl(path, { client_id: client.id }));
  expect(await page.text()).toContain('<h1>Invalid Client</h1>');
  expect(await token(path, { grant_type: 'refresh_token', refresh_token: 'x' }, client)).toEqual({
    error: 'invalid_client',
  });
  const abroad = { zuid: somebody(simulator, 'eu') };
  expect(() => simulator.control.authorize(authorizeUrl(path), abroad)).toThrow('client ID does not exist');
});
