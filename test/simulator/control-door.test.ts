import type { Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  client,
  codeOf,
  connect,
  exchange,
  members,
  redirectUri,
  refresh,
  somebody,
  start,
} from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

async function ask(
  method: string,
  path: string,
  input?: object,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const body = input === undefined ? null : JSON.stringify(input);
  const answer = await fetch(`${at(simulator, 'eu')}/_simulator${path}`, { method, body, headers });
  const json: unknown = await answer.json();
  return answer.ok ? json : { status: answer.status, json };
}

it('moves the clock of all data centres', async () => {
  const { access } = await connect(simulator);
  await ask('POST', '/advance', { seconds: 3600 });
  const answer = await fetch(`${at(simulator)}/crm/v8/org`, {
    headers: { authorization: `Zoho-oauthtoken ${access}` },
  });
  expect(answer.status).toBe(401);
});

it('refuses times that neither a clock nor a timer can hold', async () => {
  const refused = { status: 400 };
  expect(await ask('POST', '/advance', { seconds: 1e13 })).toMatchObject(refused);
  expect(await ask('POST', '/verify', { within_ms: 2 ** 31 })).toMatchObject(refused);
  expect(await ask('POST', '/faults', { endpoint: 'token', kind: 'slow', delay_ms: 2 ** 31 })).toMatchObject(refused);
  expect(Math.abs(simulator.control.now() - Date.now())).toBeLessThan(60_000);
});

it('changes settings, all or none', async () => {
  await ask('PATCH', '/settings', { throttleStatus: 200, refreshesPerWindow: null, apiDomain: 'https://a.example' });
  expect(simulator.control.settings).toMatchObject({
    throttleStatus: 200,
    refreshesPerWindow: Infinity,
    apiDomain: 'https://a.example',
  });
  const wrong = { codeLife: 5, throttleStatus: 500 };
  expect(await ask('PATCH', '/settings', wrong)).toMatchObject({
    status: 400,
    json: { error: expect.stringContaining('throttleStatus') },
  });
  expect(await ask('PATCH', '/settings', { nonsense: 1 })).toMatchObject({ status: 400 });
  expect(simulator.control.settings.codeLife).toBe(60);
  await ask('PATCH', '/settings', { apiDomain: null });
  expect(simulator.control.settings.apiDomain).toBeUndefined();
});

it('injects and clears faults', async () => {
  await ask('POST', '/faults', { endpoint: 'token', kind: 'json_503', times: 'infinity', dataCenter: 'us' });
  expect((await refresh(simulator, 'x')).status).toBe(503);
  await ask('DELETE', '/faults');
  expect((await refresh(simulator, 'x')).status).toBe(200);
  expect(await ask('POST', '/faults', { endpoint: 'token', kind: 'earthquake' })).toMatchObject({ status: 400 });
});

it('authorises, counts, lists and forgets requests', async () => {
  const { callback } = await authorized();
  await exchange(simulator, codeOf(callback));
  expect(await ask('GET', '/count?endpoint=exchange')).toEqual({ count: 1 });
  expect(await ask('GET', '/requests?endpoint=exchange')).toMatchObject([{ form: { redirect_uri: redirectUri } }]);
  expect(await ask('GET', `/refresh-tokens?clientId=${client.id}`)).toHaveLength(1);
  expect(await ask('GET', '/minted')).toContainEqual({ kind: 'code', value: codeOf(callback) });
  await ask('DELETE', '/requests');
  expect(simulator.control.count()).toBe(0);
});

async function authorized(): Promise<{ callback: string }> {
  const answer = await ask('POST', '/authorize', { url: authorizeUrl(simulator), accept: true });
  return { callback: String(Object.entries(answer ?? {})[0]?.[1]) };
}

it('registers clients and people', async () => {
  const id = '1000.DOOR';
  const registration = {
    id,
    secret: 's',
    redirectUris: [redirectUri],
    dataCenter: 'eu',
    enabledDataCenters: ['eu'],
    secrets: { eu: 't' },
  };
  await ask('POST', '/clients', registration);
  const added = simulator.control.clients().at(-1);
  expect([...(added?.enabled ?? [])]).toEqual(['eu']);
  expect(added?.secrets.get('eu')).toBe('t');
  expect(await ask('POST', `/clients/${id}/secret`, {})).toEqual({ secret: expect.stringMatching(/^[0-9a-f]{42}$/) });
  await ask('DELETE', `/clients/${id}`);
  expect(simulator.control.clients()).toHaveLength(1);
  const [user] = simulator.control.users();
  await ask('POST', '/users', { ...user, zuid: 42, email: 'new@new.example' });
  await ask('POST', '/sign-in', { zuid: 42 });
  expect(simulator.control.users().at(-1)).toMatchObject({ zuid: 42, email: 'new@new.example' });
});

it('ends tokens', async () => {
  const tokens = await connect(simulator);
  expect(await ask('POST', '/revoke-token', { token: tokens.access })).toEqual({ revoked: true });
  await ask('POST', '/remove-app', { zuid: somebody(simulator, 'us'), clientId: client.id });
  expect(await members(refresh(simulator, tokens.refresh))).toEqual({ error: 'invalid_code' });
});

it('makes codes of a self client', async () => {
  const answer = await ask('POST', '/self-client-code', {
    zuid: somebody(simulator, 'eu'),
    scope: 'ZohoCRM.users.READ',
  });
  expect(answer).toEqual({
    client_id: expect.any(String),
    client_secret: expect.any(String),
    code: expect.any(String),
  });
});

it('says what is wrong with the input', async () => {
  expect(await ask('POST', '/advance', { seconds: 'soon' })).toMatchObject({
    status: 400,
    json: { error: expect.stringContaining('seconds') },
  });
  expect(await ask('POST', '/advance', { seconds: -1 })).toMatchObject({ status: 400 });
  expect(await ask('GET', '/nonsense')).toMatchObject({ status: 404 });
});

it.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])(
  'does not obey pages in browsers, as by %j',
  async (headers) => {
    expect(await ask('POST', '/advance', { seconds: 1 }, headers)).toMatchObject({ status: 403 });
  },
);
