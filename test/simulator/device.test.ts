import type { Simulator } from '../../src/simulator/simulator';
import { at, members, post, somebody, start } from '../support/simulator';

const device = { id: '1004.TELEVISION', secret: 's'.repeat(42) };

let simulator: Simulator;
beforeEach(async () => {
  const registered = { ...device, redirectUris: [], dataCenter: 'us' as const, type: 'device' as const };
  simulator = await start({ clients: [registered] });
});
afterEach(() => simulator.close());

async function begin(scope = 'ZohoCRM.users.READ'): Promise<{ code: string; userCode: string; reply: object }> {
  const fields = { client_id: device.id, grant_type: 'device_request', scope, access_type: 'offline' };
  const reply = await members(post(`${at(simulator)}/oauth/v3/device/code`, fields));
  return { code: String(reply.device_code), userCode: String(reply.user_code), reply };
}

function poll(code: string, dataCenter: 'us' | 'eu' = 'us'): Promise<Record<string, unknown>> {
  const fields = { client_id: device.id, client_secret: device.secret, grant_type: 'device_token', code };
  return members(post(`${at(simulator, dataCenter)}/oauth/v3/device/token`, fields));
}

function decide(userCode: string, decision: string, zuid = somebody(simulator, 'us')): Promise<Response> {
  return post(`${at(simulator)}/oauth/v3/device`, { user_code: userCode, decision, zuid: String(zuid) });
}

it('gives tokens of its own kind after the person typed the code', async () => {
  const { code, userCode, reply } = await begin();
  expect(reply).toMatchObject({
    interval: 5000,
    expires_in: 300_000,
    verification_url: `${at(simulator)}/oauth/v3/device`,
  });
  expect(code).toMatch(/^1004\./);
  expect(await poll(code)).toEqual({ error: 'authorization_pending' });
  const page = await (await fetch(`${at(simulator)}/oauth/v3/device?user_code=${userCode.toLowerCase()}`)).text();
  expect(page).toContain('ZohoCRM.users.READ');
  await decide(userCode, 'accept');
  simulator.control.advance(30);
  const tokens = await poll(code);
  expect(tokens.refresh_token).toMatch(/^1004\./);
  simulator.control.advance(30);
  expect(await poll(code)).toEqual({ error: 'invalid_code' });
});

it('tells a device that polls within 30 seconds to slow down', async () => {
  const { code } = await begin();
  await poll(code);
  simulator.control.advance(20);
  expect(await poll(code)).toEqual({ error: 'slow_down' });
});

it('sends the device to the data centre of the person', async () => {
  const { code, userCode } = await begin();
  await decide(userCode, 'accept', somebody(simulator, 'eu'));
  expect(await poll(code)).toEqual({ error: 'other_dc', user_location: 'eu' });
  expect(await poll(code, 'eu')).toMatchObject({ api_domain: at(simulator, 'eu') });
});

it('passes on a refusal, and ends after five minutes', async () => {
  const [refused, late] = [await begin(), await begin()];
  await decide(refused.userCode, 'reject');
  expect(await poll(refused.code)).toEqual({ error: 'access_denied' });
  simulator.control.advance(300);
  expect(await poll(late.code)).toEqual({ error: 'expired' });
  expect((await decide(late.userCode, 'accept')).status).toBe(400);
});

it('counts in seconds when told, and knows no unknown scope', async () => {
  simulator.control.settings.deviceUnit = 'seconds';
  expect((await begin()).reply).toMatchObject({ interval: 5, expires_in: 300 });
  expect((await begin('ZohoCRM.nonsense.READ')).reply).toEqual({ error: 'invalid_scope' });
});
