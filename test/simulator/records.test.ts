import type { Simulator } from '../../src/simulator/simulator';
import { at, connect, somebody, start } from '../support/simulator';

let simulator: Simulator;
let token: string;
beforeEach(async () => {
  simulator = await start();
  token = (await connect(simulator, { scope: 'ZohoCRM.modules.ALL,ZohoCRM.settings.ALL' })).access;
});
afterEach(() => simulator.close());

/** As much of an answer as is looked into here. */
interface Answered {
  readonly data: readonly {
    readonly code: string;
    readonly details: { readonly id: string };
    readonly Last_Name: string;
  }[];
  readonly info: { readonly more_records: boolean };
  readonly modules: readonly { readonly api_name: string }[];
  readonly fields: readonly object[];
}

async function crm(method: string, path: string, input?: object): Promise<[number, Answered]> {
  const body = input === undefined ? null : JSON.stringify(input);
  const headers = { authorization: `Zoho-oauthtoken ${token}` };
  const answer = await fetch(`${at(simulator)}/crm/v8/${path}`, { method, headers, body });
  const text = await answer.text();
  return [answer.status, text === '' ? null : JSON.parse(text)];
}

it('creates, reads, updates, searches and deletes a record', async () => {
  const [created, { data }] = await crm('POST', 'Leads', { data: [{ Last_Name: 'Ode', Company: 'Ode & Co' }] });
  const details = { id: data[0]?.details.id };
  expect([created, data[0]?.code]).toEqual([201, 'SUCCESS']);
  expect(await crm('GET', `Leads/${details.id}`)).toMatchObject([200, { data: [{ Last_Name: 'Ode' }] }]);
  expect(await crm('PUT', `Leads/${details.id}`, { data: [{ Company: 'Ode Ltd' }] })).toMatchObject([
    200,
    { data: [{ code: 'SUCCESS', message: 'record updated', details: { id: details.id } }] },
  ]);
  expect(await crm('GET', 'Leads/search?criteria=(Company:starts_with:Ode)')).toMatchObject([
    200,
    { data: [{ id: details.id, Last_Name: 'Ode', Company: 'Ode Ltd' }] },
  ]);
  expect(await crm('DELETE', `Leads?ids=${details.id}`)).toMatchObject([200, { data: [{ code: 'SUCCESS' }] }]);
  expect(await crm('GET', `Leads/${details.id}`)).toEqual([204, null]);
  expect(await crm('GET', 'Leads/search?word=ode')).toEqual([204, null]);
});

it('pages through a module', async () => {
  await crm('POST', 'Leads', { data: [{ Last_Name: 'C' }, { Last_Name: 'D' }, { Last_Name: 'E' }] });
  const [, first] = await crm('GET', 'Leads?fields=Last_Name&per_page=2');
  const [, last] = await crm('GET', 'Leads?fields=Last_Name&per_page=2&page=3');
  expect(first.info).toEqual({ per_page: 2, count: 2, page: 1, more_records: true });
  expect([last.data.map((lead) => lead.Last_Name), last.info.more_records]).toEqual([['E'], false]);
});

it('judges each record of a call on its own', async () => {
  const [status, { data }] = await crm('POST', 'Leads', { data: [{ Company: 'Nameless' }, { Last_Name: 'Named' }] });
  expect(status).toBe(207);
  expect(data).toMatchObject([
    { code: 'MANDATORY_NOT_FOUND', details: { api_name: 'Last_Name' }, status: 'error' },
    { code: 'SUCCESS' },
  ]);
  expect(await crm('PUT', 'Leads/1', { data: [{ Company: 'x' }] })).toMatchObject([
    400,
    { data: [{ code: 'INVALID_DATA' }] },
  ]);
  expect(await crm('POST', 'Leads', { records: [] })).toMatchObject([400, { code: 'INVALID_DATA' }]);
});

it('describes modules and their fields', async () => {
  expect((await crm('GET', 'settings/modules'))[1].modules.map((module) => module.api_name)).toContain('Deals');
  const [, { fields }] = await crm('GET', 'settings/fields?module=Leads');
  expect(fields).toContainEqual(expect.objectContaining({ api_name: 'Last_Name', system_mandatory: true }));
  expect(await crm('GET', 'settings/fields?module=Planets')).toMatchObject([400, { code: 'INVALID_MODULE' }]);
});

it('keeps organisations apart, and asks for the scope of the operation', async () => {
  await crm('POST', 'Leads', { data: [{ Last_Name: 'Mine' }] });
  const daniel = simulator.control.users()[1]?.zuid ?? somebody(simulator, 'us');
  token = (await connect(simulator, { scope: 'ZohoCRM.modules.leads.READ' }, daniel)).access;
  expect((await crm('GET', 'Leads?fields=Last_Name'))[1].data).toHaveLength(2);
  expect(await crm('POST', 'Leads', { data: [{ Last_Name: 'No' }] })).toMatchObject([
    401,
    { code: 'OAUTH_SCOPE_MISMATCH' },
  ]);
});
