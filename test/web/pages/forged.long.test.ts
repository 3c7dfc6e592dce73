import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { inProcess, type TestApp } from '../../support/start';
import { forgedAddress } from '../../support/forged';
import { limit, times } from '../../support/full';
import { pathOf, person, someName } from '../../support/person';
import { program, refreshPath, someKey } from '../../support/program';
import { refreshTokens } from '../../support/refresh-tokens';
import { testClient } from '../../support/site';
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

/** A long dashboard takes its time. */
async function forget(): Promise<void> {
  await app.server.store.db.deleteFrom('connections').execute();
}

function expectNobodyElse(): void {
  expect(hostile.received).toEqual([]);
  expect([...named]).toEqual(['localhost']);
  const ours = [app.url, ...Object.values(app.simulator.urls)].map((url) => new URL(url).port);
  expect([...called].filter((port) => !ours.includes(port))).toEqual([]);
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
    expectNobodyElse();
    expect(refused.count).toBeGreaterThan(times(200, 2000) / 2);
  },
  limit(60_000),
);

it(
  'an answer of Zoho’s with a forged API domain makes the Keeper call nobody but Zoho, and no program learns of it',
  async () => {
    Object.assign(app.simulator.control.settings, { livingRefreshTokens: 10_000 });
    const us = app.simulator.urls.us;
    const caller = program(app.url, await someKey(app.server.store));
    const property = fc.asyncProperty(forgedAddress(hostile.url), async (address) => {
      const name = someName();
      await forget();
      app.simulator.control.settings.apiDomain = address;
      await person(app).connect({ name });
      const refreshed = await caller.post(refreshPath(name));
      const called = await caller.get(`/api/v1/connections/${name}/proxy/crm/v8/org`);
      expect([refreshed.status, refreshed.body['api_domain'], called.status]).toEqual([200, us, 200]);
    });
    await fc.assert(property, { numRuns: times(200, 2000) });
    app.simulator.control.settings.apiDomain = undefined;
    caller.stop();
    expectNobodyElse();
  },
  limit(120_000),
);

it(
  'a file with forged addresses that is imported makes the Keeper call nobody but Zoho',
  async () => {
    const [token = ''] = await refreshTokens(app, 1);
    const [client, someone] = [{ client_id: testClient.id, client_secret: testClient.secret }, person(app)];
    app.simulator.control.settings.refreshesPerWindow = 10_000;
    const two = fc.tuple(forgedAddress(hostile.url), forgedAddress(hostile.url));
    const property = fc.asyncProperty(two, async ([accountsUrl, apiDomain]) => {
      await forget();
      const file = { ...client, refresh_token: token, accounts_url: accountsUrl, api_domain: apiDomain };
      const { status } = await someone.submit('/import', { content: JSON.stringify(file) }, '/import');
      expect([200, 303]).toContain(status);
    });
    await fc.assert(property, { numRuns: times(200, 2000) });
    expect(app.simulator.control.count({ endpoint: 'refresh' })).toBeGreaterThanOrEqual(times(200, 2000));
    expectNobodyElse();
  },
  limit(120_000),
);

it(
  'an address with a forged accounts server that is pasted makes the Keeper call nobody at all',
  async () => {
    const someone = person(app);
    app.simulator.control.clearRequests();
    // An empty one says nothing, and then location is believed.
    const forged = forgedAddress(hostile.url).filter((address) => address !== '');
    const property = fc.asyncProperty(forged, async (address) => {
      const pasted = new URL('http://localhost:3000/oauth/callback?location=us');
      pasted.searchParams.set('code', `1000.${'a'.repeat(32)}.${'b'.repeat(32)}`);
      pasted.searchParams.set('accounts-server', address);
      const fields = { code: pasted.href, name: someName() };
      expect((await someone.submit('/connect/code', fields, '/connect/code')).status).toBe(400);
    });
    await fc.assert(property, { numRuns: times(200, 2000) });
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(0);
    expectNobodyElse();
  },
  limit(120_000),
);

it('the watch sees a call to somebody else', async () => {
  await new Promise((resolve) => get(hostile.url, (response) => response.resume().on('end', resolve)));
  expect(hostile.received).toHaveLength(1);
  expect([...called]).toContain(new URL(hostile.url).port);
});
