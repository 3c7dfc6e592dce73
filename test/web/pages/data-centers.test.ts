import { dataCenterCodes, type DataCenterCode } from '../../../src/zoho/data-centers';
import { pathOf, person, someName } from '../../support/person';
import { program, someKey } from '../../support/program';
import { testClient } from '../../support/site';
import { inProcess, type TestApp } from '../../support/start';

// One client, registered in the United States, for people of all data centres.

let app: TestApp;
beforeAll(async () => {
  app = await inProcess({}, dataCenterCodes);
  app.simulator.control.settings.codesPerWindow = 1000;
});
afterAll(() => app.stop());

/** As Zoho writes it, and spellings of which nobody has seen all: codes of countries, of domains, in capitals, none. */
const spellings: readonly (readonly [home: DataCenterCode, location: string | null])[] = [
  ...dataCenterCodes.map((code) => [code, code] as const),
  ['us', 'US'],
  ['us', 'com'],
  ['eu', 'EU'],
  ['in', 'co.in'],
  ['au', 'com.au'],
  ['jp', 'JAPAN'],
  ['ca', 'zohocloud.ca'],
  ['sa', 'ksa'],
  ['uk', 'gb'],
  ['cn', 'com.cn'],
  ['ae', 'uae'],
  ['ae', 'UAE'],
  ['sg', 'sgp'],
  ['sg', null],
];

it.each(spellings)(
  'somebody of %s connects when location is %s, and refreshes and calls go there alone',
  async (home, location) => {
    const { control, urls } = app.simulator;
    const someone = person(app);
    const name = someName();
    const zuid = control.users().find(({ dataCenter }) => dataCenter === home)?.zuid ?? 0;
    const callback = new URL(await someone.consent({ name, zuid, scopes: 'ZohoCRM.org.READ' }));
    expect(callback.searchParams.get('accounts-server')).toBe(urls[home]);
    if (location === null) callback.searchParams.delete('location');
    else callback.searchParams.set('location', location);
    control.clearRequests();
    expect((await someone.visit(pathOf(callback.href))).text).toContain('Active');

    const scripts = program(app.url, await someKey(app.server.store));
    const refreshed = await scripts.post(`/api/v1/connections/${name}/refresh`);
    expect([refreshed.status, refreshed.body['api_domain']]).toEqual([200, urls[home]]);
    expect((await scripts.get(`/api/v1/connections/${name}/proxy/crm/v8/org`)).status).toBe(200);
    scripts.stop();
    const calls = control.requests().map(({ endpoint, dataCenter, form }) => [endpoint, dataCenter, form['client_id']]);
    expect(calls).toEqual(
      expect.arrayContaining([
        ['exchange', home, testClient.id],
        ['refresh', home, testClient.id],
        ['api', home, undefined],
      ]),
    );
    expect(new Set(calls.map(([, dataCenter]) => dataCenter))).toEqual(new Set([home]));
  },
);
