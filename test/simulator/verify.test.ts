import type { Simulator } from '../../src/simulator/simulator';
import { at, call, client, connect, members, refresh, start } from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

async function ask(path: string, input: object): Promise<[number, Record<string, unknown>]> {
  const answer = await fetch(`${at(simulator)}/_simulator${path}`, { method: 'POST', body: JSON.stringify(input) });
  return [answer.status, await members(answer)];
}

it('verifies what was seen, and answers 409 when it was not', async () => {
  const tokens = await connect(simulator);
  await refresh(simulator, tokens.refresh);
  await call(simulator, '/crm/v8/org', tokens.access);
  await call(simulator, '/crm/v8/org', 'dead');
  expect(await ask('/verify', { endpoint: 'refresh', exactly: 1 })).toEqual([
    200,
    { fits: true, count: 1, expected: 'exactly 1' },
  ]);
  expect(await ask('/verify', { endpoint: 'refresh', atLeast: 2 })).toEqual([
    409,
    { fits: false, count: 1, expected: 'at least 2' },
  ]);
  expect(await ask('/verify', { path: '/crm/*', status: 401, method: 'get', exactly: 1 })).toMatchObject([200, {}]);
  expect(await ask('/verify', { endpoint: 'api', clientId: client.id, exactly: 1 })).toMatchObject([200, {}]);
  expect(await ask('/verify', { endpoint: 'revoke', exactly: 0 })).toMatchObject([200, { count: 0 }]);
  expect(await ask('/verify', { endpoint: 'api', atMost: 1 })).toMatchObject([409, { count: 2 }]);
  expect(await ask('/verify', { endpiont: 'api' })).toMatchObject([
    400,
    { error: expect.stringContaining('endpiont') },
  ]);
});

it('waits for what is missing, and no longer than it was told', async () => {
  const { refresh: token } = await connect(simulator);
  const waiting = ask('/verify', { endpoint: 'refresh', status: 200, atLeast: 1, within_ms: 20_000 });
  await refresh(simulator, token);
  expect(await waiting).toMatchObject([200, { count: 1 }]);
  expect(await ask('/verify', { endpoint: 'revoke', within_ms: 20 })).toMatchObject([409, { count: 0 }]);
});

it('puts a state back as it was', async () => {
  const tokens = await connect(simulator);
  const state = await members(fetch(`${at(simulator)}/_simulator/state`));
  simulator.control.revokeToken(tokens.refresh);
  simulator.control.deleteClient(client.id);
  expect((await call(simulator, '/crm/v8/org', tokens.access)).status).toBe(401);
  const put = { method: 'PUT', body: JSON.stringify(state) };
  expect((await fetch(`${at(simulator)}/_simulator/state`, put)).status).toBe(200);
  expect((await call(simulator, '/crm/v8/org', tokens.access)).status).toBe(200);
  expect(await members(refresh(simulator, tokens.refresh))).toHaveProperty('access_token');
  expect(await members(fetch(`${at(simulator)}/_simulator/state`))).toMatchObject({ clients: state.clients });
});

it('refuses a state that is none, and keeps its own', async () => {
  const tokens = await connect(simulator);
  const state = simulator.control.state();
  expect(() => simulator.control.restore({ ...state, users: [{ zuid: 1 }] })).toThrow(
    'users[0].email has to be a text',
  );
  expect(() => simulator.control.restore({ ...state, tokens: { access: [{}] } })).toThrow(/tokens\./);
  expect((await call(simulator, '/crm/v8/org', tokens.access)).status).toBe(200);
});
