import type { Simulator } from '../../src/simulator/simulator';
import { at, call, members, post, somebody, start } from '../support/simulator';

let simulator: Simulator;
let zuid: number;
beforeEach(async () => {
  simulator = await start();
  zuid = somebody(simulator, 'eu');
});
afterEach(() => simulator.close());

const token = (fields: Record<string, string>, dataCenter: 'us' | 'eu' = 'eu') => {
  const { id, secret } = simulator.control.selfClient(zuid);
  return members(
    post(`${at(simulator, dataCenter)}/oauth/v2/token`, { client_id: id, client_secret: secret, ...fields }),
  );
};

it('turns a code of the console into a refresh token, without redirect URI or access_type', async () => {
  simulator.control.signIn(zuid);
  const answer = await post(`${at(simulator, 'eu')}/self-client`, { scope: 'ZohoCRM.users.READ', minutes: '10' });
  const code = /<dt>Code<\/dt>\s*<dd><code>([^<]+)/.exec(await answer.text())?.[1] ?? '';
  simulator.control.advance(590);
  expect(await token({ grant_type: 'authorization_code', code })).toHaveProperty('refresh_token');
});

it('lets a code live three minutes unless told', async () => {
  const code = simulator.control.selfClientCode(zuid, 'ZohoCRM.users.READ');
  simulator.control.advance(180);
  expect(await token({ grant_type: 'authorization_code', code })).toEqual({ error: 'invalid_code' });
});

it('refuses unknown scopes', async () => {
  expect(() => simulator.control.selfClientCode(zuid, 'ZohoCRM.nonsense.READ')).toThrow('Enter a valid scope');
  const answer = await post(`${at(simulator)}/self-client`, { scope: 'nonsense', minutes: '3' });
  expect(answer.status).toBe(400);
});

it('gives client credentials for the own organisation, without refresh token', async () => {
  const fields = { grant_type: 'client_credentials', scope: 'ZohoCRM.org.READ' };
  expect(await token(fields)).toEqual({ error: 'missing_org_info' });
  const user = simulator.control.users().find((one) => one.zuid === zuid);
  const reply = await token({ ...fields, soid: `ZohoCRM.${user?.orgId}` });
  expect(reply).not.toHaveProperty('refresh_token');
  const org = await fetch(`${at(simulator, 'eu')}/crm/v8/org`, {
    headers: { authorization: `Zoho-oauthtoken ${String(reply.access_token)}` },
  });
  expect(org.status).toBe(200);
  expect((await call(simulator, '/crm/v8/org', String(reply.access_token))).status).toBe(401);
});

it('belongs to one data centre', async () => {
  const code = simulator.control.selfClientCode(zuid, 'ZohoCRM.users.READ');
  expect(await token({ grant_type: 'authorization_code', code }, 'us')).toEqual({ error: 'invalid_client' });
});
