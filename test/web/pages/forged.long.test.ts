import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { inProcess, type TestApp } from '../../support/start';
import { forgedAddress } from '../../support/forged';
import { limit, times } from '../../support/full';
import { pathOf, person, someName } from '../../support/person';
import { startUpstream, type Upstream } from '../../support/upstream';

let app: TestApp;
let hostile: Upstream;
/** Host names that were looked up and ports that were called by this process, which is the Keeper as well. */
let named: Set<string>;
let called: Set<string>;
beforeAll(async () => {
  [app, hostile] = [await inProcess(), await startUpstream()];
  app.simulator.control.settings.codesPerWindow = 10_000;
  [named, called] = [new Set(), new Set()];
  subscribe('net.client.socket', watch);
});
afterAll(async () => {
  unsubscribe('net.client.socket', watch);
  await Promise.all([app.stop(), hostile.close()]);
});

function watch(message: unknown): void {
  const { socket } = message as { socket: Socket };
  socket.on('lookup', (_error, _address, _family, host) => void named.add(host));
  socket.on('connectionAttempt', (_address, port) => void called.add(String(port)));
}

it(
  'a callback with forged addresses makes the Keeper call nobody but Zoho',
  async () => {
    const location = fc.constantFrom(
      'us',
      'us',
      'eu',
      'US',
      'xx',
      '',
      '../us',
      'us.evil.test',
      'us&location=eu',
      '__proto__',
    );
    const forged = fc.tuple(forgedAddress(hostile.url), location);
    const refused = { count: 0 };
    const property = fc.asyncProperty(forged, async ([address, place]) => {
      const someone = person(app);
      const callback = new URL(await someone.consent({ name: someName() }));
      callback.searchParams.set('accounts-server', address);
      callback.searchParams.set('location', place);
      const { status } = await someone.visit(pathOf(callback.href));
      if (status === 400) refused.count++;
      expect(status === 400 || status === 200).toBe(true);
    });
    await fc.assert(property, { numRuns: times(200, 2000) });
    expect(hostile.received).toEqual([]);
    expect([...named]).toEqual(['localhost']);
    const ours = [app.url, ...Object.values(app.simulator.urls)].map((url) => new URL(url).port);
    expect([...called].filter((port) => !ours.includes(port))).toEqual([]);
    expect(refused.count).toBeGreaterThan(times(200, 2000) / 2);
  },
  limit(60_000),
);

it('the watch sees a call to somebody else', async () => {
  await new Promise((resolve) => get(hostile.url, (response) => response.resume().on('end', resolve)));
  expect(hostile.received).toHaveLength(1);
  expect([...called]).toContain(new URL(hostile.url).port);
});
