import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { parseConfig } from '../../src/simulator/config';
import { startSimulator, type Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  call,
  codeOf,
  exchange,
  members,
  post,
  redirectUri,
  somebody,
  start,
  type Fields,
} from '../support/simulator';

// A token of CRM is for the organisation that was chosen before the consent.

const more = { organisation: 'Brightwater Trial', orgId: '888' };

let simulator: Simulator;
let maria: number;
beforeEach(async () => {
  simulator = await start();
  maria = somebody(simulator, 'us');
  const [user] = simulator.control.users();
  if (user !== undefined) simulator.control.addUser({ ...user, otherOrganisations: [more] });
});
afterEach(() => simulator.close());

interface Page {
  readonly heading: string;
  readonly text: string;
  readonly action: string;
  readonly hidden: Fields;
}

async function pageOf(answer: Response): Promise<Page> {
  const text = await answer.text();
  const hidden = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return {
    heading: (/<h1>(.*)<\/h1>/.exec(text)?.[1] ?? '').replaceAll(/<[^>]+>/g, ''),
    text,
    action: at(simulator) + (/<form method="post" action="([^"]+)"/.exec(text)?.[1] ?? ''),
    hidden: Object.fromEntries(hidden.map(([, name, value]) => [name, value])),
  };
}

const open = (query: Fields = {}) => fetch(authorizeUrl(simulator, query), { redirect: 'manual' });
const submit = (page: Page, fields: Fields) => post(page.action, { ...page.hidden, ...fields });
const redeem = async (location: string | null) => members(exchange(simulator, codeOf(location ?? '')));
const orgOf = async (token: unknown) => {
  const { org } = await members(call(simulator, '/crm/v8/org', String(token)));
  return Array.isArray(org) ? (org[0] as Fields).zgid : undefined;
};
const authorize = (orgId?: string, query: Fields = {}) =>
  simulator.control.authorize(authorizeUrl(simulator, query), { orgId });

it('asks for the organisation first, and then for a consent that names it', async () => {
  const first = await pageOf(await open({ state: 's' }));
  expect(first.heading).toBe('Choose an organisation');
  expect(first.text).toContain('Brightwater Supply');
  const consent = await pageOf(await submit(first, { org_id: more.orgId }));
  expect(consent.heading).toContain('Allow Trial');
  expect(consent.text).toContain('It is for <strong>Brightwater Trial</strong> alone.');
  const back = await submit(consent, { decision: 'accept', zuid: String(maria) });
  expect(back.headers.get('location')).toContain(`${redirectUri}?state=s&code=`);
  const reply = await redeem(back.headers.get('location'));
  expect(await orgOf(reply.access_token)).toBe(more.orgId);
});

it('asks nobody who has one organisation, and nobody for products that have no such tokens', async () => {
  simulator.control.signIn(somebody(simulator, 'eu'));
  expect((await pageOf(await open())).heading).toContain('Allow');
  simulator.control.signIn(maria);
  expect((await pageOf(await open({ scope: 'ZohoBooks.settings.READ' }))).heading).toContain('Allow');
});

it('asks again when somebody else answers than the one who chose', async () => {
  simulator.control.signIn(somebody(simulator, 'eu'));
  const consent = await pageOf(await open());
  const answer = await pageOf(await submit(consent, { decision: 'accept', zuid: String(maria) }));
  expect(answer.heading).toBe('Choose an organisation');
});

it('leaves the choice to the person, whatever the address or a form says', async () => {
  const first = await pageOf(await open({ org_id: more.orgId }));
  expect(first.heading).toBe('Choose an organisation');
  expect(first.hidden).not.toHaveProperty('org_id');
  expect((await pageOf(await submit(first, { org_id: '1' }))).heading).toBe('Choose an organisation');
  expect(() => authorize('1')).toThrow('does not belong to 1');
});

it('skips the consent that was given before, not the choice', async () => {
  authorize();
  const first = await pageOf(await open({ prompt: '' }));
  expect(first.heading).toBe('Choose an organisation');
  const back = await submit(first, { org_id: more.orgId });
  expect(await orgOf((await redeem(back.headers.get('location'))).access_token)).toBe(more.orgId);
});

it('keeps records, tokens and revocations of organisations apart', async () => {
  const query = { scope: 'ZohoCRM.org.READ,ZohoCRM.modules.READ' };
  const [own, other] = [await redeem(authorize(undefined, query)), await redeem(authorize(more.orgId, query))];
  expect(await Promise.all([own, other].map((reply) => orgOf(reply.access_token)))).toEqual(['700400100', '888']);
  const ids = async (token: unknown) => {
    const { data } = await members(call(simulator, '/crm/v8/Leads?fields=Email', String(token)));
    return Array.isArray(data) ? data.map((one: Fields) => one.id) : [];
  };
  expect(await ids(other.access_token)).toEqual(['888000001000', '888000001001']);
  await post(`${at(simulator)}/oauth/v2/token/revoke`, { token: String(own.refresh_token) });
  expect(await orgOf(own.access_token)).toBeUndefined();
  expect(await orgOf(other.access_token)).toBe('888');
});

it('ends the tokens of whoever leaves an organisation', async () => {
  const [own, other] = [await redeem(authorize()), await redeem(authorize(more.orgId))];
  const [user] = simulator.control.users();
  if (user !== undefined) simulator.control.addUser({ ...user, otherOrganisations: [] });
  expect(await orgOf(other.access_token)).toBeUndefined();
  expect(await orgOf(own.access_token)).toBe('700400100');
});

it('lists them all in Books, Desk and Projects', async () => {
  const scope = 'ZohoBooks.settings.READ,Desk.basic.READ,ZohoProjects.portals.READ';
  const token = String((await redeem(authorize(undefined, { scope }))).access_token);
  const text = async (path: string) => (await call(simulator, path, token)).text();
  for (const path of ['/books/v3/organizations', '/api/v1/organizations', '/api/v3/portals']) {
    expect(await text(path)).toMatch(/Brightwater Supply.*Brightwater Trial/);
  }
  const headers = { authorization: `Zoho-oauthtoken ${token}`, orgId: more.orgId };
  expect(await members(fetch(`${at(simulator)}/api/v1/myinfo`, { headers }))).toMatchObject({ id: '888000001' });
});

it('is chosen for a self client as well, and by client credentials', async () => {
  const page = await pageOf(await fetch(`${at(simulator)}/self-client`));
  expect(page.text).toMatch(/<option value="888">/);
  const made = await post(page.action, { scope: 'ZohoCRM.org.READ', minutes: '3', org_id: more.orgId });
  const code = /<dt>Code<\/dt>\s*<dd><code>([^<]+)/.exec(await made.text())?.[1] ?? '';
  const { id, secret } = simulator.control.selfClient(maria);
  const ask = (fields: Fields) =>
    members(post(`${at(simulator)}/oauth/v2/token`, { client_id: id, client_secret: secret, ...fields }));
  expect(await orgOf((await ask({ grant_type: 'authorization_code', code })).access_token)).toBe(more.orgId);
  const credentials = { grant_type: 'client_credentials', scope: 'ZohoCRM.org.READ' };
  expect(await orgOf((await ask({ ...credentials, soid: 'ZohoCRM.888' })).access_token)).toBe('888');
  expect(await ask({ ...credentials, soid: 'ZohoCRM.1' })).toEqual({ error: 'missing_org_info' });
});

it('names the host of a sandbox, which takes tokens of the sandbox alone', async () => {
  const [user] = simulator.control.users();
  await simulator.close();
  simulator = await start({ dataCenters: ['us'], apiUrls: { us: 'https://www.zohoapis.com' } });
  const sandbox = { organisation: 'Brightwater Sandbox', orgId: '999', environment: 'sandbox' } as const;
  if (user !== undefined) simulator.control.addUser({ ...user, otherOrganisations: [more, sandbox] });
  const hosts = ['www.zohoapis.com', 'sandbox.zohoapis.com', 'developer.zohoapis.com'];
  const statuses = (token: unknown) =>
    Promise.all(hosts.map(async (host) => (await callAt(host, '/crm/v8/org', String(token))).status));
  const [own, other] = [await redeem(authorize(more.orgId)), await redeem(authorize(sandbox.orgId))];
  expect([own.api_domain, other.api_domain]).toEqual(['https://www.zohoapis.com', 'https://sandbox.zohoapis.com']);
  expect(await statuses(own.access_token)).toEqual([200, 401, 401]);
  expect(await statuses(other.access_token)).toEqual([401, 200, 401]);
  const wrong = await callAt('www.zohoapis.com', '/crm/v8/org', String(other.access_token));
  expect(wrong.body).toMatchObject({ code: 'INVALID_TOKEN' });
  const fragment = new URL(authorize(sandbox.orgId, { response_type: 'token' })).hash;
  expect(fragment).toContain('api_domain=https%3A%2F%2Fsandbox.zohoapis.com');
  expect(await (await open()).text()).toContain('Brightwater Sandbox (999), sandbox');
});

/** As if the name led here. */
function callAt(host: string, path: string, token: string): Promise<{ status: number | undefined; body: unknown }> {
  const { port } = new URL(simulator.addresses.us ?? '');
  const headers = { host, authorization: `Zoho-oauthtoken ${token}` };
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (res) => {
      json(res).then((body) => resolve({ status: res.statusCode, body }), reject);
    })
      .on('error', reject)
      .end();
  });
}

it('is configured, controlled by HTTP, and brought back with the state', async () => {
  const control = (path: string, body?: object) =>
    fetch(`${at(simulator)}/_simulator${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      body: body === undefined ? null : JSON.stringify(body),
    });
  const { callback } = await members(control('/authorize', { url: authorizeUrl(simulator), orgId: more.orgId }));
  const reply = await redeem(String(callback));
  const state: unknown = await (await control('/state')).json();
  const second = await startSimulator();
  second.control.restore(state);
  expect(second.control.livingRefreshTokens()).toEqual([
    expect.objectContaining({ value: reply.refresh_token, orgId: more.orgId }),
  ]);
  expect(second.control.users()[0]?.otherOrganisations).toEqual([more]);
  await second.close();
  const user = { zuid: 1, email: 'a@a.example', firstName: 'A', lastName: '', displayName: 'A', dataCenter: 'us' };
  const config = (other: object) =>
    JSON.stringify({ users: [{ ...user, organisation: 'A', orgId: '1', otherOrganisations: [other] }] });
  expect(parseConfig(config(more), 'file').users?.[0]?.otherOrganisations).toEqual([more]);
  expect(() => parseConfig(config({ orgId: '2' }), 'file')).toThrow(
    'users[0].otherOrganisations[0].organisation has to be a text',
  );
});
