import type { Simulator } from '../../src/simulator/simulator';
import { at, call, connect, members, start } from '../support/simulator';

let simulator: Simulator;
let token: string;
beforeEach(async () => {
  simulator = await start();
  token = (await connect(simulator)).access;
});
afterEach(() => simulator.close());

async function stub(given: object): Promise<number> {
  const body = JSON.stringify(given);
  return (await fetch(`${at(simulator)}/_simulator/stubs`, { method: 'POST', body })).status;
}

it('answers a call that the simulator does not know, once the token has passed', async () => {
  const data = [{ id: '1', Vendor_Name: 'Acme' }];
  await stub({ path: '/crm/v8/Vendors', method: 'GET', status: 203, headers: { 'x-mine': 'yes' }, body: { data } });
  const answer = await call(simulator, '/crm/v8/Vendors?fields=Vendor_Name', token);
  expect([answer.status, answer.headers.get('x-mine'), await answer.json()]).toEqual([203, 'yes', { data }]);
  expect(await members(call(simulator, '/crm/v8/Vendors', 'dead'))).toMatchObject({ code: 'INVALID_TOKEN' });
  expect(simulator.control.count({ endpoint: 'api', path: '/crm/v8/Vendors' })).toBe(2);
});

it('refuses in the words of the product, and for the scope that it names', async () => {
  await stub({ path: '/inventory/v1/*', scope: 'ZohoInventory.items.READ', body: { items: [] } });
  expect(await members(call(simulator, '/inventory/v1/items', token))).toMatchObject({ code: 57 });
  expect(await members(call(simulator, '/inventory/v1/items'))).toMatchObject({ code: 14 });
  const { access } = await connect(simulator, { scope: 'ZohoInventory.items.ALL' });
  expect(await members(call(simulator, '/inventory/v1/items', access))).toEqual({ items: [] });
});

it('comes before what the simulator answers itself, the newest first, as often as it says', async () => {
  await stub({ path: '/crm/v8/org', body: 'old' });
  await stub({ path: '/crm/v8/org', times: 1, body: 'new' });
  await call(simulator, '/crm/v8/org', 'dead');
  const texts = [];
  for (let n = 0; n < 3; n += 1) texts.push(await (await call(simulator, '/crm/v8/org', token)).text());
  expect(texts).toEqual(['new', 'old', 'old']);
  await fetch(`${at(simulator)}/_simulator/stubs`, { method: 'DELETE' });
  expect(await members(call(simulator, '/crm/v8/org', token))).toHaveProperty('org');
});

it('answers HEAD by the stub for GET, or by one of its own, without a body', async () => {
  const head = (headers = {}) => fetch(`${at(simulator)}/crm/v8/Vendors`, { method: 'HEAD', headers });
  const authorization = `Zoho-oauthtoken ${token}`;
  await stub({ path: '/crm/v8/Vendors', method: 'GET', status: 203, headers: { 'x-mine': 'yes' }, body: 'long' });
  const answer = await head({ authorization });
  expect([answer.status, answer.headers.get('x-mine'), await answer.text()]).toEqual([203, 'yes', '']);
  expect((await head()).status).toBe(401);
  await stub({ path: '/crm/v8/Vendors', method: 'HEAD', status: 204 });
  expect((await head({ authorization })).status).toBe(204);
  expect((await call(simulator, '/crm/v8/Vendors', token)).status).toBe(203);
});

it('can be struck by a fault like any other call', async () => {
  await stub({ path: '/crm/v8/Vendors', body: {} });
  simulator.control.faults.inject({ endpoint: 'api', kind: 'json_503' });
  expect((await call(simulator, '/crm/v8/Vendors', token)).status).toBe(503);
});

it('outlives an answer that cannot be sent, and says why', async () => {
  simulator.control.stubs.add({ path: '/crm/v8/Vendors', headers: { 'no header': 'x' } });
  const answer = await call(simulator, '/crm/v8/Vendors', token);
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('Header name must be a valid')]);
  expect((await call(simulator, '/crm/v8/org', token)).status).toBe(200);
});

it.each([
  { path: 'crm' },
  { path: '/a', status: 99 },
  { path: '/a', answer: {} },
  { path: '/a', headers: { 'no header': 'x' } },
  { path: '/a', headers: { 'x-mine': 'a\nb' } },
  {},
])('refuses %j', async (given) => {
  expect(await stub(given)).toBe(400);
});
