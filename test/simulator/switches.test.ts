import type { Simulator } from '../../src/simulator/simulator';
import { at, connect, post, refresh, start } from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => void (simulator = await start()));
afterEach(() => simulator.close());

const press = (name: string) => post(`${at(simulator)}/switches`, { name });
const page = async () => (await fetch(`${at(simulator)}/`)).text();

it.each([
  ['down', 'Zoho down', 503],
  ['throttled', 'Too many requests', 200],
  ['revoked', 'Revoke all tokens', 200],
])('the button %s makes refreshes fail until it is pressed again', async (name, words, status) => {
  const { refresh: token } = await connect(simulator);
  expect((await press(name)).status).toBe(303);
  expect(await page()).toContain(`${words}: on.`);
  const refused = await refresh(simulator, token);
  expect(refused.status).toBe(status);
  expect(await refused.text()).not.toContain('access_token');

  await press(name);
  expect(await page()).not.toContain(': on.');
  expect(await (await refresh(simulator, token)).text()).toContain('access_token');
});

it('two of them do not undo each other', async () => {
  await press('down');
  await press('throttled');
  await press('down');
  expect(simulator.control.faults.waiting().map(({ kind }) => kind)).toEqual(['access_denied']);
});

it('an hour later comes and goes', async () => {
  const before = simulator.control.now();
  await press('later');
  expect(simulator.control.now() - before).toBeGreaterThanOrEqual(3_600_000);
  await press('later');
  expect(simulator.control.now() - before).toBeLessThan(60_000);
});

it('no button but these can be pressed', async () => {
  expect((await press('kill')).status).toBe(400);
});
