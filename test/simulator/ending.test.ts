import type { Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  call,
  client,
  codeOf,
  connect,
  credentials,
  exchange,
  members,
  post,
  refresh,
  start,
} from '../support/simulator';

let simulator: Simulator;
let tokens: { access: string; refresh: string };
beforeEach(async () => {
  simulator = await start();
  tokens = await connect(simulator);
});
afterEach(() => simulator.close());

const revoke = (token: string) => post(`${at(simulator)}/oauth/v2/token/revoke`, { token });
const isOver = async () => (await members(refresh(simulator, tokens.refresh))).error === 'invalid_code';
const zuid = () => simulator.control.users()[0]?.zuid ?? 0;

async function expectAllOver(): Promise<void> {
  expect(await isOver()).toBe(true);
  const answer = await call(simulator, '/crm/v8/org', tokens.access);
  expect(answer.status).toBe(401);
  expect(await members(answer)).toMatchObject({ code: 'INVALID_TOKEN' });
}

it('revokes a refresh token together with its access tokens', async () => {
  const answer = await revoke(tokens.refresh);
  expect(answer.status).toBe(200);
  expect(await members(answer)).toEqual({ status: 'success' });
  await expectAllOver();
});

it('revokes an access token alone', async () => {
  await post(`${at(simulator)}/oauth/v2/token/revoke?token=${tokens.access}`, {});
  expect((await call(simulator, '/crm/v8/org', tokens.access)).status).toBe(401);
  expect(await isOver()).toBe(false);
});

it('answers 400 for a token that is none, or was revoked before', async () => {
  expect((await revoke('1000.a.b')).status).toBe(400);
  await revoke(tokens.refresh);
  expect((await revoke(tokens.refresh)).status).toBe(400);
  simulator.control.settings.revokeAgainStatus = 200;
  expect((await revoke(tokens.refresh)).status).toBe(200);
  expect((await revoke('1000.a.b')).status).toBe(400);
});

it('does not revoke in another data centre', async () => {
  expect((await post(`${at(simulator, 'eu')}/oauth/v2/token/revoke`, { token: tokens.refresh })).status).toBe(400);
  expect(await isOver()).toBe(false);
});

describe('the newer revoke path', () => {
  const path = () => `${at(simulator)}/oauth/v2/revoke/token`;
  const basic = { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` };

  it('wants the client and the fitting type', async () => {
    expect((await post(path(), { token: tokens.refresh })).status).toBe(400);
    expect((await post(path(), { token: tokens.refresh, token_type: 'access_token' }, basic)).status).toBe(400);
    expect(await isOver()).toBe(false);
    expect((await post(path(), { token: tokens.refresh }, basic)).status).toBe(200);
    await expectAllOver();
  });

  it('refuses a client that the token does not belong to', async () => {
    const other = { id: '1000.OTHER', secret: 's', redirectUris: [], dataCenter: 'us' as const };
    simulator.control.addClient(other);
    const fields = { token: tokens.refresh, client_id: other.id, client_secret: other.secret };
    expect((await post(path(), fields)).status).toBe(400);
    expect(await isOver()).toBe(false);
  });
});

it('ends all when the person removes the app, and the next consent counts as the first', async () => {
  simulator.control.removeApp(zuid(), client.id);
  await expectAllOver();
  const callback = simulator.control.authorize(authorizeUrl(simulator, { prompt: '' }));
  expect(await members(exchange(simulator, codeOf(callback)))).toHaveProperty('refresh_token');
});

it('ends all with a change of password only when the person ticks it', async () => {
  simulator.control.changePassword(zuid(), false);
  expect(await isOver()).toBe(false);
  simulator.control.changePassword(zuid(), true);
  await expectAllOver();
});

it('ends all when the client is deleted', async () => {
  simulator.control.deleteClient(client.id);
  expect(await members(refresh(simulator, tokens.refresh))).toEqual({ error: 'invalid_client' });
  expect(simulator.control.livingRefreshTokens()).toEqual([]);
});

it('wants the new secret once it was made anew, for one data centre or all', async () => {
  simulator.control.regenerateSecret(client.id, 'eu');
  expect(await members(refresh(simulator, tokens.refresh))).toHaveProperty('access_token');
  const secret = simulator.control.regenerateSecret(client.id);
  expect(await members(refresh(simulator, tokens.refresh))).toEqual({ error: 'invalid_client_secret' });
  const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh, ...credentials, client_secret: secret };
  expect(await members(post(`${at(simulator)}/oauth/v2/token`, fields))).toHaveProperty('access_token');
});

it('has minted every secret that left it', async () => {
  const code = codeOf(simulator.control.authorize(authorizeUrl(simulator)));
  const minted = simulator.control.minted().map((secret) => secret.value);
  expect(minted).toEqual(expect.arrayContaining([tokens.access, tokens.refresh, code, client.secret]));
});
