import { parseConfig } from '../../src/simulator/config';
import { faultKinds, faultTable, startSimulator } from '../../src/simulator/simulator';
import schema from '../../src/simulator/config.schema.json';
import { differences } from '../support/conformance';

// The schema tells editors what the program takes: they are held against each other, member by member.

const { $defs, ...root } = schema;
const schemas: Readonly<Record<string, object>> = $defs;

function fitsSchema(config: unknown): boolean {
  const rules = JSON.parse(JSON.stringify(root).replaceAll('#/$defs/', '#/components/schemas/')) as object;
  return differences(rules, config, schemas).length === 0;
}

function isTaken(config: unknown): boolean {
  try {
    parseConfig(JSON.stringify(config), 'file');
    return true;
  } catch {
    return false;
  }
}

type Json = Readonly<Record<string, unknown>>;

const whole: Json = {
  $schema: './config.schema.json',
  dataCenters: ['us', 'eu'],
  urls: { us: 'https://accounts.zoho.com' },
  apiUrls: { us: 'https://www.zohoapis.com' },
  separateApi: true,
  settings: {
    ...{ codeLife: 60, accessTokenLife: 3600, throttleStatus: 200, throttleLanguage: 'de', refreshesPerWindow: null },
    ...{ codesPerWindow: 'infinity', windowSeconds: 600, livingAccessTokens: 15, livingRefreshTokens: 20 },
    ...{ scopeInReply: true, expandAll: false, trailingAmpersand: true, refusalCarriesLocation: false },
    ...{
      expiresInSec: false,
      pkce: 'check',
      revokeAgainStatus: 400,
      rotateRefreshTokens: false,
      apiDomainInReply: true,
    },
    ...{ apiDomain: 'https://a.example', deviceUnit: 'seconds', scopesByShape: false, scopes: ['A.b.READ'] },
    ...{ wrongDataCenter: 'invalid_code', bearerAtCrm: true, browserSessions: true },
  },
  clients: [
    {
      ...{ id: '1000.A', secret: 's', redirectUris: ['http://localhost/'], dataCenter: 'us', secrets: { eu: 't' } },
      ...{ enabledDataCenters: ['us'], name: 'A', homepage: 'http://localhost/', type: 'server', zuid: 1 },
      portal: '10067',
    },
  ],
  users: [
    {
      ...{ zuid: 1, email: 'a@a.example', firstName: 'A', lastName: '', displayName: 'A', dataCenter: 'us' },
      otherOrganisations: [{ organisation: 'B', orgId: '2', environment: 'sandbox' }],
      ...{ organisation: 'A', orgId: '1', country: 'Italy', currency: 'EUR', timeZone: 'Europe/Rome' },
    },
  ],
  faults: [
    {
      ...{ endpoint: 'token', kind: 'slow', times: 2, dataCenter: 'us', clientId: 'a', refreshToken: 'b', percent: 50 },
      ...{ seed: 7, processed: true, error: 'general_error', delay_ms: 1000, delay_max_ms: 2000, delay_p99_ms: 3000 },
      ...{ url: 'http://localhost/', pid: 1, moment: 'after_processing' },
    },
  ],
  stubs: [
    {
      ...{ path: '/crm/v8/Vendors', method: 'GET', dataCenter: 'us', scope: 'ZohoCRM.modules.READ', times: 1 },
      ...{ status: 201, headers: { 'x-mine': 'yes' }, body: { data: [] } },
    },
  ],
};

/** The parts with what they may hold: the root and every definition, with a way to put a changed one in its place. */
const parts: [string, Json, Json, (changed: unknown) => Json][] = [
  ['the file', whole, root.properties, (changed) => changed as Json],
  ['settings', whole.settings as Json, $defs.Settings.properties, (settings) => ({ settings })],
  ['a client', (whole.clients as Json[])[0] ?? {}, $defs.Client.properties, (client) => ({ clients: [client] })],
  ['a user', (whole.users as Json[])[0] ?? {}, $defs.User.properties, (user) => ({ users: [user] })],
  ['a fault', (whole.faults as Json[])[0] ?? {}, $defs.Fault.properties, (fault) => ({ faults: [fault] })],
  ['a stub', (whole.stubs as Json[])[0] ?? {}, $defs.Stub.properties, (stub) => ({ stubs: [stub] })],
];

describe.each(parts)('of %s, schema and program', (_name, part, described, placed) => {
  it('take all members, and the schema describes no others', () => {
    expect(Object.keys(described).toSorted()).toEqual(Object.keys(part).toSorted());
    expect([fitsSchema(placed(part)), isTaken(placed(part))]).toEqual([true, true]);
  });

  it('refuse a member that nobody knows', () => {
    const changed = placed({ ...part, nonsense: 1 });
    expect([fitsSchema(changed), isTaken(changed)]).toEqual([false, false]);
  });

  it.each(Object.keys(described).filter((name) => name !== '$schema' && name !== 'body'))(
    'refuse %s of another type, and agree on whether it may be absent',
    (name) => {
      const { [name]: _left, ...rest } = part;
      for (const wrong of [placed({ ...part, [name]: { of: 7 } }), placed({ ...part, [name]: [7] })]) {
        expect([fitsSchema(wrong), isTaken(wrong)]).toEqual([false, false]);
      }
      expect(isTaken(placed(rest))).toBe(fitsSchema(placed(rest)));
    },
  );
});

it('knows every kind of fault and every setting', async () => {
  expect($defs.Fault.properties.kind.enum.toSorted()).toEqual(Object.keys(faultTable).toSorted());
  expect(Object.keys(faultTable)).toEqual(expect.arrayContaining([...faultKinds]));
  const simulator = await startSimulator();
  expect(Object.keys($defs.Settings.properties).toSorted()).toEqual(Object.keys(simulator.control.settings).toSorted());
  await simulator.close();
});
