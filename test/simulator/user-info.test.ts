import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  call,
  client,
  codeOf,
  connect,
  exchange,
  members,
  somebody,
  start,
} from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

it.each(['Zoho-oauthtoken', 'Bearer'])('tells who the person is, with %s before the token', async (scheme) => {
  const { access } = await connect(simulator);
  expect(await members(call(simulator, '/oauth/user/info', access, scheme))).toEqual({
    First_Name: 'Maria',
    Email: 'maria@brightwater.example',
    Last_Name: 'Sanchez',
    Display_Name: 'Maria Sanchez',
    ZUID: somebody(simulator, 'us'),
  });
});

it('says so when the scope is missing or the token is dead', async () => {
  const { access } = await connect(simulator, { scope: 'ZohoCRM.users.READ' });
  const scope = await call(simulator, '/oauth/user/info', access);
  expect(scope.status).toBe(401);
  expect(await members(scope)).toEqual({ response: 'error', cause: 'INVALID_OAUTHSCOPE' });
  const dead = await members(call(simulator, '/oauth/user/info', '1000.a.b'));
  expect(dead).toEqual({ response: 'error', cause: 'INVALID_OAUTHTOKEN' });
});

it('signs an id_token that its published key verifies', async () => {
  const url = authorizeUrl(simulator, { scope: 'openid,email,profile', nonce: 'n-1' });
  const reply = await members(exchange(simulator, codeOf(simulator.control.authorize(url))));
  const [head = '', claims = '', signature = ''] = String(reply.id_token).split('.');
  const { keys } = await members(fetch(`${at(simulator)}/oauth/v2/keys`));
  const [key] = Array.isArray(keys) ? keys : [];
  const publicKey = createPublicKey({ key, format: 'jwk' });
  const signed = Buffer.from(`${head}.${claims}`);
  expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    iss: at(simulator),
    aud: client.id,
    sub: String(somebody(simulator, 'us')),
    email: 'maria@brightwater.example',
    nonce: 'n-1',
    at_hash: createHash('sha256').update(String(reply.access_token)).digest().subarray(0, 16).toString('base64url'),
  });
});

it('gives OpenID claims as far as the scopes go', async () => {
  const { access } = await connect(simulator, { scope: 'openid,email' });
  const claims = await members(call(simulator, '/oauth/v2/userinfo', access, 'Bearer'));
  expect(claims).toEqual({
    sub: String(somebody(simulator, 'us')),
    email: 'maria@brightwater.example',
    email_verified: true,
  });
});

it('describes its endpoints for discovery', async () => {
  const description = await members(fetch(`${at(simulator, 'eu')}/.well-known/openid-configuration`));
  expect(description).toMatchObject({
    issuer: at(simulator, 'eu'),
    token_endpoint: `${at(simulator, 'eu')}/oauth/v2/token`,
    code_challenge_methods_supported: ['plain', 'S256'],
  });
});
