import { startSimulator, type Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  client,
  codeOf,
  connect,
  credentials,
  exchange,
  members,
  post,
  redirectUri,
  refresh,
  somebody,
  start,
} from '../support/simulator';

let simulator: Simulator;
afterEach(() => simulator.close());

it('redeems and refreshes only in the data centre of the person', async () => {
  simulator = await start();
  const callback = simulator.control.authorize(authorizeUrl(simulator), { zuid: somebody(simulator, 'eu') });
  expect(new URL(callback).searchParams.get('accounts-server')).toBe(at(simulator, 'eu'));
  expect(await members(exchange(simulator, codeOf(callback), 'us'))).toEqual({ error: 'invalid_client' });
  const reply = await members(exchange(simulator, codeOf(callback), 'eu'));
  expect(reply.api_domain).toBe(at(simulator, 'eu'));
  const token = String(reply.refresh_token);
  expect(await members(refresh(simulator, token, 'in'))).toEqual({ error: 'invalid_client' });
  expect(await members(refresh(simulator, token, 'eu'))).toHaveProperty('access_token');
});

it('treats the secret of another data centre like an unknown client', async () => {
  const secrets = { eu: 'e'.repeat(42) };
  const registered = { ...client, redirectUris: [redirectUri], dataCenter: 'us' as const, secrets };
  simulator = await start({ clients: [registered] });
  const callback = simulator.control.authorize(authorizeUrl(simulator), { zuid: somebody(simulator, 'eu') });
  const fields = {
    grant_type: 'authorization_code',
    code: codeOf(callback),
    redirect_uri: redirectUri,
    ...credentials,
  };
  const token = `${at(simulator, 'eu')}/oauth/v2/token`;
  expect(await members(post(token, fields))).toEqual({ error: 'invalid_client' });
  expect(await members(post(token, { ...fields, client_secret: secrets.eu }))).toHaveProperty('access_token');
});

it('knows no client where its data centre is off', async () => {
  simulator = await start();
  const token = (await connect(simulator, {}, somebody(simulator, 'in'))).refresh;
  simulator.control.disableDataCenter(client.id, 'in');
  expect(await members(refresh(simulator, token, 'in'))).toEqual({ error: 'invalid_client' });
});

it('counts on from a given port and says when one is taken', async () => {
  simulator = await start({ dataCenters: ['us'] });
  const port = Number(new URL(at(simulator)).port);
  await expect(startSimulator({ port, dataCenters: ['us'] })).rejects.toThrow('EADDRINUSE');
});

it('names its servers, China left out', async () => {
  simulator = await start({ dataCenters: ['us', 'cn'] });
  const info = await members(fetch(`${at(simulator)}/oauth/serverinfo`));
  expect(info).toEqual({ result: 'success', locations: { us: at(simulator) } });
});

it('refuses people of a data centre that is not simulated', async () => {
  simulator = await start();
  const [user] = simulator.control.users();
  if (user === undefined) throw new Error('there is nobody');
  expect(() => simulator.control.addUser({ ...user, dataCenter: 'jp' })).toThrow('not simulated');
});
