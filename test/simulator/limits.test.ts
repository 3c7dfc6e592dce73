import type { Simulator } from '../../src/simulator/simulator';
import { call, client, connect, members, refresh, start } from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

const isGood = async (access: unknown) => (await call(simulator, '/crm/v8/org', String(access))).status === 200;

async function refreshes(token: string, count: number): Promise<Record<string, unknown>[]> {
  const replies = [];
  for (let n = 0; n < count; n += 1) replies.push(await members(refresh(simulator, token)));
  return replies;
}

it('answers Access Denied to the eleventh refresh in ten minutes', async () => {
  const token = (await connect(simulator)).refresh;
  for (const reply of await refreshes(token, 10)) expect(reply).toHaveProperty('access_token');
  const eleventh = await refresh(simulator, token);
  expect(eleventh.status).toBe(400);
  expect(await members(eleventh)).toEqual({
    error_description: 'You have made too many requests continuously. Please try again after some time.',
    error: 'Access Denied',
    status: 'failure',
  });
  expect(simulator.control.throttled()).toBe(1);
});

it('throttles each refresh token by itself', async () => {
  const [one, other] = [await connect(simulator), await connect(simulator)];
  await refreshes(one.refresh, 11);
  expect(await members(refresh(simulator, other.refresh))).toHaveProperty('access_token');
});

it('lets go after ten minutes of silence, not while somebody keeps asking', async () => {
  const token = (await connect(simulator)).refresh;
  await refreshes(token, 10);
  simulator.control.advance(590);
  await refreshes(token, 10);
  simulator.control.advance(20);
  expect(await members(refresh(simulator, token))).toMatchObject({ error: 'Access Denied' });
  simulator.control.advance(601);
  expect(await members(refresh(simulator, token))).toHaveProperty('access_token');
});

it('throttles with status 200 and in another language when told', async () => {
  Object.assign(simulator.control.settings, { throttleStatus: 200, throttleLanguage: 'zh' });
  const token = (await connect(simulator)).refresh;
  await refreshes(token, 10);
  const answer = await refresh(simulator, token);
  expect(answer.status).toBe(200);
  expect(await members(answer)).toMatchObject({
    error: 'Access Denied',
    error_description: '您连续发出了太多请求。请稍后再试。',
  });
});

it('ends an access token after its hour', async () => {
  const { access } = await connect(simulator);
  simulator.control.advance(3590);
  expect(await isGood(access)).toBe(true);
  simulator.control.advance(10);
  expect(await isGood(access)).toBe(false);
});

it('lets the sixteenth living access token kill the oldest', async () => {
  const first = await connect(simulator);
  const [second, ...others] = await refreshes(first.refresh, 10);
  simulator.control.advance(601);
  await refreshes(first.refresh, 4);
  expect(await isGood(first.access)).toBe(true);
  await refreshes(first.refresh, 1);
  expect(await isGood(first.access)).toBe(false);
  expect(await isGood(second?.access_token)).toBe(true);
  expect(await isGood(others.at(-1)?.access_token)).toBe(true);
});

it('lets the twenty-first refresh token silently kill the oldest, with its access tokens', async () => {
  simulator.control.settings.codesPerWindow = Infinity;
  const first = await connect(simulator);
  const second = await connect(simulator);
  for (let count = 2; count < 20; count += 1) await connect(simulator);
  expect(await members(refresh(simulator, first.refresh))).toHaveProperty('access_token');
  await connect(simulator);
  expect(await members(refresh(simulator, first.refresh))).toEqual({ error: 'invalid_code' });
  expect(await isGood(first.access)).toBe(false);
  expect(await isGood(second.access)).toBe(true);
  expect(simulator.control.livingRefreshTokens(client.id)).toHaveLength(20);
});
