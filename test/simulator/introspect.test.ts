import type { Simulator } from '../../src/simulator/simulator';
import { at, client, connect, members, post, redirectUri, somebody, start, type Fields } from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const own = { authorization: basic(client.id, client.secret) };
const introspect = (token: string, headers: Fields = own, more: Fields = {}, dataCenter: 'us' | 'eu' = 'us') =>
  post(`${at(simulator, dataCenter)}/oauth/v2/introspect`, { token, ...more }, headers);

it('tells a client about its living tokens', async () => {
  const { access, refresh } = await connect(simulator, { scope: 'ZohoCRM.org.READ,ZohoCRM.users.READ' });
  const known = {
    active: true,
    scope: 'ZohoCRM.org.READ ZohoCRM.users.READ',
    client_id: client.id,
    sub: String(somebody(simulator, 'us')),
  };
  const ends = Math.floor(simulator.control.now() / 1000) + 3600;
  const { exp, ...told } = await members(introspect(access));
  expect(told).toEqual({ ...known, token_type: 'Bearer' });
  expect(Math.abs(Number(exp) - ends)).toBeLessThan(5);
  expect(await members(introspect(refresh))).toEqual(known);
});

it('says of a dead, unknown or foreign token no more than that it is not active', async () => {
  const { access, refresh } = await connect(simulator);
  const other = { id: '1000.OTHER', secret: 's', redirectUris: [redirectUri], dataCenter: 'us' as const };
  simulator.control.addClient(other);
  const inactive = { active: false };
  expect(await members(introspect(access, { authorization: basic(other.id, other.secret) }))).toEqual(inactive);
  expect(await members(introspect(access, own, {}, 'eu'))).toEqual(inactive);
  expect(await members(introspect('1000.a.b'))).toEqual(inactive);
  simulator.control.advance(3600);
  expect(await members(introspect(access))).toEqual(inactive);
  simulator.control.revokeToken(refresh);
  expect(await members(introspect(refresh))).toEqual(inactive);
});

it('takes the client in a Basic header only, and only by POST', async () => {
  const { access } = await connect(simulator);
  const posted = await introspect(access, {}, { client_id: client.id, client_secret: client.secret });
  expect([posted.status, await members(posted)]).toEqual([401, { error: 'invalid_client' }]);
  const wrong = await introspect(access, { authorization: basic(client.id, 'wrong') });
  expect([wrong.status, await members(wrong)]).toEqual([401, { error: 'invalid_client_secret' }]);
  const url = `${at(simulator)}/oauth/v2/introspect?token=${access}`;
  expect((await fetch(url, { headers: own })).status).toBe(400);
});

it('is named where Zoho names it', async () => {
  const description = await members(fetch(`${at(simulator)}/.well-known/openid-configuration`));
  expect(description).toMatchObject({
    introspection_endpoint: `${at(simulator)}/oauth/v2/introspect`,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
  });
  await introspect('1000.a.b');
  expect(simulator.control.count({ endpoint: 'introspect' })).toBe(1);
});
