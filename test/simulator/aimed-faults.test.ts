import { createFaults } from '../../src/simulator/faults/faults';
import type { Fault, Simulator } from '../../src/simulator/simulator';
import { at, call, connect, members, post, redirectUri, refresh, start } from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
  Object.assign(simulator.control.settings, { refreshesPerWindow: Infinity, codesPerWindow: Infinity });
});
afterEach(() => simulator.close());

async function inject(fault: Partial<Fault>): Promise<number> {
  const body = JSON.stringify({ endpoint: 'refresh', kind: 'json_503', ...fault });
  return (await fetch(`${at(simulator)}/_simulator/faults`, { method: 'POST', body })).status;
}

async function statuses(token: string, times: number): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < times; n += 1) found.push((await refresh(simulator, token)).status);
  return found;
}

it('strikes at one client only', async () => {
  const other = { id: '1000.OTHER', secret: 's' };
  simulator.control.addClient({ ...other, redirectUris: [redirectUri], dataCenter: 'us' });
  await inject({ endpoint: 'token', clientId: other.id });
  expect((await refresh(simulator, 'x')).status).toBe(200);
  const asOther = { grant_type: 'refresh_token', client_id: other.id, client_secret: other.secret };
  expect((await post(`${at(simulator)}/oauth/v2/token`, asOther)).status).toBe(503);
});

it('strikes at one refresh token only, its access tokens among them', async () => {
  const [mine, yours] = [await connect(simulator), await connect(simulator)];
  await inject({ endpoint: 'any', refreshToken: mine.refresh, times: 2 });
  expect(await statuses(yours.refresh, 1)).toEqual([200]);
  expect((await call(simulator, '/crm/v8/org', yours.access)).status).toBe(200);
  expect((await call(simulator, '/crm/v8/org', mine.access)).status).toBe(503);
  expect(await statuses(mine.refresh, 2)).toEqual([503, 200]);
});

it('strikes by percent, the same ones for the same seed', async () => {
  const { refresh: token } = await connect(simulator);
  await inject({ percent: 40, seed: 11 });
  const first = await statuses(token, 30);
  simulator.control.faults.clearFaults();
  await inject({ percent: 40, seed: 11 });
  expect(await statuses(token, 30)).toEqual(first);
  simulator.control.faults.clearFaults();
  await inject({ percent: 40, seed: 12 });
  expect(await statuses(token, 30)).not.toEqual(first);
  const struck = first.filter((status) => status === 503).length;
  expect(struck).toBeGreaterThan(4);
  expect(struck).toBeLessThan(22);
});

it('draws waiting times from a distribution, the same ones for the same seed', () => {
  const asking = { endpoint: 'refresh', dataCenter: 'us' } as const;
  const drawn = (fault: Partial<Fault>): number[] => {
    const faults = createFaults();
    faults.inject({ endpoint: 'refresh', kind: 'slow', times: Infinity, seed: 5, ...fault });
    return Array.from({ length: 1000 }, () => faults.take(asking)?.delay_ms ?? 0);
  };
  const even = drawn({ delay_ms: 100, delay_max_ms: 200 });
  expect([Math.min(...even) >= 100, Math.max(...even) <= 200]).toEqual([true, true]);
  expect(new Set(even).size).toBeGreaterThan(900);
  const usual = drawn({ delay_ms: 100, delay_p99_ms: 1000 }).toSorted((one, other) => one - other);
  expect(usual[500]).toBeGreaterThan(85);
  expect(usual[500]).toBeLessThan(115);
  expect(usual[990]).toBeGreaterThan(600);
  expect(usual[990]).toBeLessThan(1700);
  expect(drawn({ delay_ms: 100, delay_max_ms: 200 })).toEqual(even);
});

it.each([
  ['api', 'dead_token', '/crm/v8/org', 401, { code: 'INVALID_TOKEN' }],
  ['api', 'scope_missing', '/books/v3/organizations', 401, { code: 57 }],
  ['api', 'no_token', '/api/accounts', 400, { data: { errorCode: 'INVALID_TICKET' } }],
  ['userinfo', 'scope_missing', '/oauth/user/info', 401, { response: 'error', cause: 'INVALID_OAUTHSCOPE' }],
] as const)('speaks the language of %s: %s at %s', async (endpoint, kind, path, status, body) => {
  const { access } = await connect(simulator);
  expect(await inject({ endpoint, kind })).toBe(200);
  const answer = await call(simulator, path, access);
  expect([answer.status, await answer.json()]).toMatchObject([status, body]);
});

it('says any word of Accounts in the form of the endpoint', async () => {
  const { refresh: token } = await connect(simulator);
  await inject({ kind: 'error', error: 'invalid_redirect_uri' });
  expect(await members(refresh(simulator, token))).toEqual({ error: 'invalid_redirect_uri' });
  await inject({ endpoint: 'revoke', kind: 'error', error: 'invalid_token' });
  const revoked = await post(`${at(simulator)}/oauth/v2/token/revoke`, { token });
  expect([revoked.status, await revoked.json()]).toEqual([400, { error: 'invalid_token', status: 'failure' }]);
  expect(simulator.control.livingRefreshTokens()).toHaveLength(1);
});

it.each([
  { endpoint: 'token', kind: 'dead_token' },
  { endpoint: 'api', kind: 'error', error: 'invalid_code' },
  { kind: 'error' },
  { percent: 0 },
  { percent: 101 },
  { kind: 'slow', delay_ms: 10, delay_max_ms: 5 },
  { kind: 'slow', delay_ms: -1 },
  { client: 'misspelt' },
] as Partial<Fault>[])('refuses %j', async (fault) => {
  expect(await inject(fault)).toBe(400);
  expect(simulator.control.faults.waiting()).toEqual([]);
});
