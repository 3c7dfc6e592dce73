import type { Simulator } from '../../src/simulator/simulator';
import { at, call, connect, members, somebody, start } from '../support/simulator';

let simulator: Simulator;
let everything: string;
let nothing: string;
beforeAll(async () => {
  simulator = await start();
  const scopes = [
    'ZohoCRM.users.READ',
    'ZohoCRM.org.ALL',
    'ZohoBooks.settings.READ',
    'Desk.basic.READ',
    'ZohoMail.accounts.READ',
    'ZohoProjects.portals.READ',
  ];
  everything = (await connect(simulator, { scope: scopes.join(',') })).access;
  nothing = (await connect(simulator, { scope: 'ZohoSign.templates.READ' })).access;
});
afterAll(() => simulator.close());

describe.each([
  {
    path: '/crm/v8/users?type=CurrentUser',
    good: { users: [{ email: 'maria@brightwater.example', full_name: 'Maria Sanchez' }] },
    none: [401, { code: 'AUTHENTICATION_FAILURE', status: 'error' }],
    dead: [401, { code: 'INVALID_TOKEN', details: {}, message: 'invalid oauth token', status: 'error' }],
    scope: [401, { code: 'OAUTH_SCOPE_MISMATCH', message: 'invalid oauth scope to access this URL' }],
  },
  {
    path: '/crm/v2/org',
    good: { org: [{ company_name: 'Brightwater Supply' }] },
    none: [401, { code: 'AUTHENTICATION_FAILURE' }],
    dead: [401, { code: 'INVALID_TOKEN' }],
    scope: [401, { code: 'OAUTH_SCOPE_MISMATCH' }],
  },
  {
    path: '/books/v3/organizations',
    good: { code: 0, organizations: [{ name: 'Brightwater Supply' }] },
    none: [401, { code: 14 }],
    dead: [401, { code: 57 }],
    scope: [401, { code: 57 }],
  },
  {
    path: '/api/v1/organizations',
    good: { data: [{ companyName: 'Brightwater Supply' }] },
    none: [401, { errorCode: 'UNAUTHORIZED' }],
    dead: [401, { errorCode: 'INVALID_OAUTH' }],
    scope: [401, { errorCode: 'SCOPE_MISMATCH' }],
  },
  {
    path: '/api/accounts',
    good: { status: { code: 200 }, data: [{ mailboxAddress: 'maria@brightwater.example' }] },
    none: [400, { data: { errorCode: 'INVALID_TICKET' } }],
    dead: [401, { data: { errorCode: 'INVALID_OAUTHTOKEN' } }],
    scope: [401, { data: { errorCode: 'INVALID_OAUTHSCOPE' } }],
  },
  {
    path: '/api/v3/portals',
    good: [{ portal_name: 'Brightwater Supply' }],
    none: [401, { error: { title: 'INVALID_TICKET' } }],
    dead: [401, { error: { title: 'INVALID_OAUTHTOKEN', status_code: '401' } }],
    scope: [401, { error: { title: 'INVALID_OAUTHSCOPE', error_type: 'FIELDS_VALIDATION_ERROR' } }],
  },
])('$path', ({ path, good, none, dead, scope }) => {
  async function answer(token?: string): Promise<unknown[]> {
    const response = await call(simulator, path, token);
    return [response.status, await response.json()];
  }

  it('answers a good token', async () => {
    expect(await answer(everything)).toMatchObject([200, good]);
  });

  it('says no in its own way', async () => {
    expect(await answer()).toMatchObject(none);
    expect(await answer('1000.a.b')).toMatchObject(dead);
    expect(await answer(nothing)).toMatchObject(scope);
  });

  it('answers HEAD as GET, without a body', async () => {
    for (const token of [everything, undefined, '1000.a.b', nothing]) {
      const headers = token === undefined ? {} : { authorization: `Zoho-oauthtoken ${token}` };
      const head = await fetch(at(simulator) + path, { method: 'HEAD', headers });
      const get = await call(simulator, path, token);
      const types = [head, get].map((one) => one.headers.get('content-type'));
      expect([head.status, await head.text(), types[0]]).toEqual([get.status, '', types[1]]);
    }
  });
});

it('takes a token of another region for a dead one', async () => {
  const { access } = await connect(simulator, {}, somebody(simulator, 'eu'));
  expect(await members(call(simulator, '/crm/v8/org', access))).toMatchObject({ code: 'INVALID_TOKEN' });
});

it('takes Bearer only where the product documents it', async () => {
  expect((await call(simulator, '/crm/v8/org', everything, 'Bearer')).status).toBe(401);
  expect((await call(simulator, '/api/v3/portals', everything, 'Bearer')).status).toBe(200);
});

it('refuses another organisation in Desk', async () => {
  const headers = { authorization: `Zoho-oauthtoken ${everything}`, orgId: '1' };
  const answer = await fetch(`${at(simulator)}/api/v1/myinfo`, { headers });
  expect(await members(answer)).toMatchObject({ errorCode: 'OAUTH_ORG_MISMATCH' });
});

it('lists records of a module, the named fields only', async () => {
  const { access } = await connect(simulator, { scope: 'ZohoCRM.modules.ALL' });
  const { data } = await members(call(simulator, '/crm/v8/Leads?fields=Last_Name', access));
  expect(data).toEqual([
    { id: expect.any(String), Last_Name: 'Diallo' },
    { id: expect.any(String), Last_Name: 'Becker' },
  ]);
  expect(await members(call(simulator, '/crm/v8/Leads', access))).toMatchObject({ code: 'REQUIRED_PARAM_MISSING' });
  expect((await call(simulator, '/crm/v8/Leads?fields=Last_Name', nothing)).status).toBe(401);
});

it('lists records for HEAD too, and notes it as what it was', async () => {
  const { access } = await connect(simulator, { scope: 'ZohoCRM.modules.READ' });
  const headers = { authorization: `Zoho-oauthtoken ${access}` };
  simulator.control.clearRequests();
  const answer = await fetch(`${at(simulator)}/crm/v8/Leads?fields=Last_Name`, { method: 'HEAD', headers });
  expect([answer.status, simulator.control.count({ method: 'HEAD', status: 200 })]).toEqual([200, 1]);
});

it('echoes any request, without the token', async () => {
  const bytes = Buffer.of(0xff, 0, 1);
  const headers = { authorization: `Zoho-oauthtoken ${nothing}`, 'x-mine': 'yes', 'content-type': 'image/png' };
  const answer = await fetch(`${at(simulator)}/crm/v8/echo/a%20b?x=1&x=2`, { method: 'PUT', headers, body: bytes });
  const echo = await members(answer);
  expect(echo).toMatchObject({ method: 'PUT', path: '/crm/v8/echo/a%20b', search: 'x=1&x=2', encoding: 'base64' });
  expect(echo.body).toBe(bytes.toString('base64'));
  expect(echo.headers).toMatchObject({ 'x-mine': 'yes', 'content-type': 'image/png' });
  expect(JSON.stringify(echo)).not.toContain(nothing);
});

it('counts the calls', async () => {
  simulator.control.clearRequests();
  await call(simulator, '/crm/v8/org', everything);
  await call(simulator, '/nowhere');
  expect(simulator.control.count({ endpoint: 'api' })).toBe(1);
  expect(simulator.control.requests()).toMatchObject([
    { endpoint: 'api', path: '/crm/v8/org', dataCenter: 'us', status: 200 },
  ]);
});
