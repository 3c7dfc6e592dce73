import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import description from '../../src/simulator/openapi.json';
import type { Simulator } from '../../src/simulator/simulator';
import { at, authorizeUrl, client, redirectUri, somebody, start } from '../support/simulator';

// Every call that the control API has, with what openapi.json says of its input, written out by hand.

interface Call {
  /** An input that is taken. */
  readonly good?: object;
  /** Values that are not of its type, for every member there is; and for those that have to be there, undefined. */
  readonly wrong?: Readonly<Record<string, readonly unknown[]>>;
  /** Inputs that name somebody or something that is not there. */
  readonly nobody?: readonly object[];
}

let simulator: Simulator;
let zuid: number;
beforeAll(async () => {
  simulator = await start({ dataCenters: ['us', 'eu'] });
  zuid = somebody(simulator, 'us');
});
afterAll(() => simulator.close());

const noText = [1, true, null, ['a'], {}];
const noNumber = ['5', '', 'infinity', true, null, [5], {}];
const noInteger = [...noNumber, 1.5];
const noBoolean = ['true', 1, null, {}];
const noCode = ['mars', ...noText];
/** Of those that may be null or "infinity", for no end. */
const endless = ['5', '', true, [5], {}];
const nobody = { zuid: 1 };
const nowhere = { clientId: '1000.NOBODY' };

const seen = {
  endpoint: ['everything', ...noText],
  dataCenter: noCode,
  clientId: noText,
  method: noText,
  path: noText,
  status: noInteger,
};
/** A query string has texts only. */
const asked = { endpoint: ['everything'], dataCenter: ['mars'], clientId: [], method: [], path: [], status: ['', 'a'] };
const statuses = ['200', 201, true, null];

function calls(): Readonly<Record<string, Call>> {
  const url = authorizeUrl(simulator);
  const user = simulator.control.users().find((one) => one.zuid === zuid) ?? {};
  const registration = { ...client, redirectUris: [redirectUri], dataCenter: 'us' };
  return {
    'get /': {},
    'get /openapi.json': {},
    'get /config.schema.json': {},
    'get /now': {},
    'post /advance': { good: { seconds: 0 }, wrong: { seconds: [undefined, -1, ...noNumber] } },
    'get /settings': {},
    'patch /settings': {
      good: {},
      wrong: {
        ...{ codeLife: endless, accessTokenLife: endless, refreshesPerWindow: endless, codesPerWindow: endless },
        ...{ windowSeconds: endless, livingAccessTokens: endless, livingRefreshTokens: endless },
        ...{ throttleStatus: statuses, revokeAgainStatus: statuses, throttleLanguage: ['xx', ...noText] },
        ...{ scopeInReply: noBoolean, expandAll: noBoolean, trailingAmpersand: noBoolean, expiresInSec: noBoolean },
        ...{ refusalCarriesLocation: noBoolean, rotateRefreshTokens: noBoolean, apiDomainInReply: noBoolean },
        ...{ scopesByShape: noBoolean, bearerAtCrm: noBoolean, browserSessions: noBoolean },
        ...{ pkce: ['maybe', ...noText], apiDomain: [1, true, {}], deviceUnit: ['hours', ...noText] },
        ...{ scopes: ['a', [1], null, {}], wrongDataCenter: ['invalid', ...noText] },
      },
    },
    'get /state': {},
    'put /state': {
      good: JSON.parse(JSON.stringify(simulator.control.state())) as object,
      wrong: { version: [undefined, '1', 2], ahead: [undefined, ...noNumber], signedIn: noInteger, users: ['a', [{}]] },
    },
    'get /faults': {},
    'post /faults': {
      good: { endpoint: 'token', kind: 'slow' },
      wrong: {
        ...{ endpoint: [undefined, 'everything', ...noText], kind: [undefined, 'earthquake', ...noText] },
        ...{ times: endless, dataCenter: noCode, clientId: noText, refreshToken: noText, percent: noNumber },
        ...{ seed: noNumber, processed: noBoolean, error: noText, delay_ms: noNumber, delay_max_ms: noNumber },
        ...{ delay_p99_ms: noNumber, url: noText, pid: noInteger, moment: ['never', ...noText] },
      },
    },
    'delete /faults': {},
    'get /stubs': {},
    'post /stubs': {
      good: { path: '/crm/v8/Vendors' },
      wrong: {
        ...{ path: [undefined, 'crm', ...noText], method: noText, dataCenter: noCode, scope: noText, times: endless },
        ...{ status: [99, ...noInteger], headers: ['a', null, ['a'], { a: 1 }], body: [] },
      },
    },
    'delete /stubs': {},
    'get /requests': { good: {}, wrong: asked },
    'delete /requests': {},
    'get /count': { good: {}, wrong: asked },
    'post /verify': {
      good: { atLeast: 0 },
      wrong: { ...seen, exactly: noInteger, atLeast: noInteger, atMost: noInteger, within_ms: [-1, ...noNumber] },
    },
    'get /throttled': {},
    'get /users': {},
    'post /users': {
      good: user,
      wrong: {
        ...{ zuid: [undefined, ...noInteger], dataCenter: [undefined, ...noCode], email: [undefined, ...noText] },
        ...{ firstName: [undefined, ...noText], lastName: [undefined, ...noText] },
        ...{ displayName: [undefined, ...noText], organisation: [undefined, ...noText], orgId: [undefined, ...noText] },
        otherOrganisations: ['a', null, {}, [{ orgId: '1' }], [{ organisation: 'a', orgId: '1', foo: 1 }]],
        ...{ country: noText, currency: noText, timeZone: noText },
      },
    },
    'post /sign-in': { good: { zuid }, wrong: { zuid: [undefined, ...noInteger] }, nobody: [nobody] },
    'post /remove-app': {
      good: { zuid, clientId: client.id },
      wrong: { zuid: [undefined, ...noInteger], clientId: [undefined, ...noText] },
      nobody: [nobody, nowhere],
    },
    'post /change-password': {
      good: { zuid, terminateTokens: false },
      wrong: { zuid: [undefined, ...noInteger], terminateTokens: [undefined, ...noBoolean] },
      nobody: [nobody],
    },
    'post /authorize': {
      good: { url },
      wrong: { url: [undefined, ...noText], accept: noBoolean, zuid: noInteger, orgId: noText },
      nobody: [nobody, { orgId: 'nobody' }, { url: url.replace(client.id, '1000.NOBODY') }],
    },
    'post /self-client-code': {
      good: { zuid, scope: 'ZohoCRM.users.READ' },
      wrong: { zuid: [undefined, ...noInteger], scope: [undefined, ...noText], minutes: noNumber, orgId: noText },
      nobody: [nobody, { orgId: 'nobody' }],
    },
    'get /clients': {},
    'post /clients': {
      good: registration,
      wrong: {
        ...{ id: [undefined, ...noText], secret: [undefined, ...noText], dataCenter: [undefined, ...noCode] },
        ...{ redirectUris: [undefined, 'a', [1], null, {}], enabledDataCenters: ['us', ['mars'], [1], null] },
        ...{ secrets: ['a', { mars: 'a' }, { us: 1 }, null], name: noText, homepage: noText },
        ...{ type: ['mainframe', ...noText], zuid: noInteger, portal: noText },
      },
      nobody: [{ type: 'self', ...nobody }],
    },
    'delete /clients/{id}': {},
    'post /clients/{id}/secret': { good: {}, wrong: { dataCenter: noCode } },
    'post /clients/{id}/enable': { good: { dataCenter: 'eu' }, wrong: { dataCenter: [undefined, ...noCode] } },
    'post /clients/{id}/disable': { good: { dataCenter: 'eu' }, wrong: { dataCenter: [undefined, ...noCode] } },
    'get /minted': {},
    'get /refresh-tokens': { good: {}, wrong: { clientId: [], zuid: ['', 'a', '1.5'] } },
    'post /revoke-token': { good: { token: 'a' }, wrong: { token: [undefined, ...noText] } },
  };
}

async function ask(call: string, input: object, id = client.id): Promise<{ status: number; error: string }> {
  const [method = '', path = ''] = call.replace('{id}', id).split(' ');
  const query = method === 'get' ? `?${new URLSearchParams(Object.entries(input)).toString()}` : '';
  const init = { method: method.toUpperCase(), body: method === 'get' ? null : JSON.stringify(input) };
  const answer = await fetch(`${at(simulator)}/_simulator${path}${query}`, init);
  const { error = '' } = (await answer.json()) as { error?: string };
  return { status: answer.status, error };
}

const operations = Object.entries(description.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => `${method} ${path}`),
);

function of(call: string): Required<Call> {
  return { good: {}, wrong: {}, nobody: [], ...calls()[call] };
}

it('has every call of the description here', () => {
  expect(Object.keys(calls()).toSorted()).toEqual(operations.toSorted());
});

it.each(operations)('%s refuses a member that it does not know, and names those that it does', async (call) => {
  const { good, wrong } = of(call);
  const { status, error } = await ask(call, { ...good, foo: '1' });
  expect({ status, error }).toEqual({ status: 400, error: expect.stringMatching(/^foo is not known here/) });
  for (const name of Object.keys(wrong)) expect(error).toMatch(new RegExp(`\\b${name}\\b`));
});

it.each(operations)('%s refuses what is missing and what has the wrong type, by name', async (call) => {
  const { good, wrong } = of(call);
  const taken: string[] = [];
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const { status, error } = await ask(call, { ...good, [name]: value });
      if (status !== 400 || !error.includes(name)) taken.push(`${name} ${JSON.stringify(value)}: ${status} ${error}`);
    }
  }
  expect(taken).toEqual([]);
});

it.each(operations)('%s refuses ids that nobody has', async (call) => {
  const { good, nobody: inputs } = of(call);
  for (const input of inputs) expect(await ask(call, { ...good, ...input })).toMatchObject({ status: 400 });
  if (call.includes('{id}')) expect(await ask(call, good, '1000.NOBODY')).toMatchObject({ status: 400 });
});

it.each([
  ['DELETE', '/requests?endpoint=refresh', null],
  ['POST', '/advance?seconds=5', '{"seconds":1}'],
])('refuses %s %s, whose query nobody would read', async (method, path, body) => {
  const answer = await fetch(`${at(simulator)}/_simulator${path}`, { method, body });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringMatching(/endpoint|seconds/)]);
});

it('refuses a body that a GET would not read', async () => {
  const body = '{"endpoint":"refresh"}';
  const asking = request(`${at(simulator)}/_simulator/count`, { headers: { 'content-length': body.length } });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  expect([answer.statusCode, await text(answer)]).toEqual([400, expect.stringContaining('query')]);
});

it('reads digits of a query as a number', async () => {
  expect(await ask('get /refresh-tokens', { zuid: String(zuid) })).toMatchObject({ status: 200 });
  expect(await ask('get /count', { status: '200' })).toMatchObject({ status: 200 });
});
