import { type Program, program, someKey } from '../../support/program';
import { formBody, send } from '../../support/http';
import { pathOf, type Person, person } from '../../support/person';
import { testClient } from '../../support/site';
import { inProcess, runCommand, type TestApp } from '../../support/start';

const agency = { client_id: testClient.id, client_secret: testClient.secret, data_center: 'us' };
const customer = { id: '1000.CUSTOMER0000000000000000000000', secret: 'c'.repeat(42) };
const theirs = { client_id: customer.id, client_secret: customer.secret, data_center: 'eu' };
const fromPage = { ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' };
const unknownToken = /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/;

let app: TestApp;
let someone: Person;
let caller: Program | undefined;
afterEach(async () => {
  caller?.stop();
  caller = undefined;
  await app.stop();
});

/** A Keeper with the agency's client, registered in us, and the customer's, registered in eu, which is not the default. */
async function start(env: Record<string, string> = {}): Promise<void> {
  app = await inProcess(env);
  someone = person(app);
  const redirectUris = [`${app.url}/oauth/callback`];
  app.simulator.control.addClient({ ...customer, redirectUris, dataCenter: 'eu', name: 'Customer' });
  if (env['ZOHO_CLIENT_ID'] === '') await save(agency);
  await save(theirs);
}

function save(fields: Record<string, string>) {
  return someone.submit('/clients', fields, '/clients');
}

/** The consent page that a form leads to. */
async function leads(action: string, fields: Record<string, string>, page = '/'): Promise<URL> {
  const { status, headers } = await someone.submit(action, fields, page);
  expect(status).toBe(303);
  return new URL(headers['location'] as string);
}

async function accept(consent: URL): Promise<string> {
  const { control } = app.simulator;
  // The same user each time, as a reconnect wants it.
  const zuid = control.users().find(({ dataCenter }) => dataCenter === 'eu')?.zuid;
  const back = control.authorize(consent.href, { accept: true, ...(zuid !== undefined && { zuid }) });
  return (await someone.visit(pathOf(back))).text;
}

async function page(): Promise<string> {
  return (await someone.visit('/clients')).text;
}

async function card(clientId: string): Promise<string> {
  return (await page()).split('<article').find((part) => part.includes(`<h2><code>${clientId}<`)) ?? '';
}

async function press(clientId: string, what: string): Promise<string> {
  await someone.submit(`/clients/${clientId}/${what}`, {}, '/clients');
  return page();
}

function post(path: string, fields: Record<string, string> = {}) {
  const form = formBody(fields);
  const headers = { ...form.headers, Cookie: someone.cookie(), 'Sec-Fetch-Site': 'same-origin' };
  return send(app.url, { method: 'POST', path, headers, body: form.body });
}

function idsIn(consent: URL): [string, string | null] {
  const place = Object.entries(app.simulator.urls).find(([, url]) => url === consent.origin)?.[0] ?? '';
  return [place, consent.searchParams.get('client_id')];
}

describe.each([
  ['in the environment', {}],
  ['saved on the page', fromPage],
])('an agency’s client %s and a customer’s beside it', (_where, env) => {
  beforeEach(() => start(env));

  it('connect, refresh and reconnect each with its own ID and secret, at its own home', async () => {
    const ours = await leads('/connect', { name: 'ours' });
    const others = await leads('/connect', { name: 'others', client_id: customer.id });
    expect([idsIn(ours), idsIn(others)]).toEqual([
      ['us', testClient.id],
      ['eu', customer.id],
    ]);
    await accept(ours);
    expect(await accept(others)).toContain('“others” is connected.');
    for (const name of ['ours', 'others']) await someone.submit(`/connections/${name}/refresh`);
    for (const endpoint of ['exchange', 'refresh'] as const) {
      const sent = app.simulator.control.requests({ endpoint });
      expect(sent.map(({ form }) => [form['client_id'], form['client_secret']])).toEqual([
        [testClient.id, testClient.secret],
        [customer.id, customer.secret],
      ]);
    }
    const again = [await leads('/connections/ours/reconnect', {}), await leads('/connections/others/reconnect', {})];
    expect(again.map(idsIn)).toEqual([
      ['us', testClient.id],
      ['eu', customer.id],
    ]);
  });

  it('say which connections are whose, on the pages, to programs and on the command line', async () => {
    await accept(await leads('/connect', { name: 'others', client_id: customer.id }));
    expect(await card(customer.id)).toContain('<a href="/connections/others">others</a>');
    expect(await card(testClient.id)).toContain('Default for new connections');
    for (const path of ['/', '/connections/others']) {
      expect((await someone.visit(path)).text).toContain(`<code>${customer.id}</code>`);
    }
    caller = program(app.url, await someKey(app.server.store));
    expect((await caller.get('/api/v1/connections/others')).body['client_id']).toBe(customer.id);
    expect((await runCommand(app, ['connections'])).stdout).toContain(customer.id);
  });

  it('can be exchanged at a reconnect, after which the old token is revoked with the old client', async () => {
    await accept(await leads('/connect', { name: 'crm', client_id: customer.id }));
    const { control } = app.simulator;
    const living = () => control.livingRefreshTokens().map(({ clientId }) => clientId);
    expect(living()).toEqual([customer.id]);
    // Only the newer path, which wants the client, is open.
    control.faults.inject({ endpoint: 'revoke', kind: 'json_400' });
    const consent = await leads('/connections/crm/reconnect', { client_id: testClient.id }, '/connections/crm');
    expect(idsIn(consent)).toEqual(['us', testClient.id]);
    expect(await accept(consent)).toContain('“crm” is connected again.');
    await control.arrived(2, { endpoint: 'revoke' });
    const credentials = control.requests({ endpoint: 'revoke' }).map(({ headers }) => headers.authorization);
    expect(credentials.at(-1)).toBe(`Basic ${Buffer.from(`${customer.id}:${customer.secret}`).toString('base64')}`);
    await app.restart();
    expect(living()).toEqual([testClient.id]);
    expect(await card(customer.id)).not.toContain('/connections/crm');
  });

  it('an unknown one is refused with what to do, and nothing is begun', async () => {
    const answer = await post('/connect', { name: 'x', client_id: '1000.NOBODY' });
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('1000.NOBODY is not set up here.')]);
    expect(answer.body).toContain('Choose one that the page Clients lists');
    expect(await app.server.store.db.selectFrom('flows').selectAll().execute()).toEqual([]);
  });

  it('has secrets of its own in single data centres, which the other does not get', async () => {
    const { control } = app.simulator;
    const secret = control.regenerateSecret(customer.id, 'in');
    const saved = await someone.submit(
      `/clients/${customer.id}/secrets`,
      { data_center: 'in', client_secret: secret },
      '/clients',
    );
    expect(saved.status).toBe(303);
    expect(await press(customer.id, 'test')).toContain('takes its secret in Europe and India.');
    expect(await press(testClient.id, 'test')).toContain('takes its secret in United States.');
    const sent = control.requests({ endpoint: 'refresh' });
    expect(new Set(sent.map(({ dataCenter, form }) => `${dataCenter} ${form['client_secret']}`))).toEqual(
      new Set([`eu ${customer.secret}`, `in ${secret}`, `us ${testClient.secret}`]),
    );
    expect(await card(customer.id)).toContain('<strong>India</strong>');
    expect(await card(testClient.id)).not.toContain('<strong>India</strong>');
  });

  it('show no secret, on no page and in no log', async () => {
    const seen = [await page(), await press(customer.id, 'test'), (await someone.visit('/events.jsonl')).text];
    const everything = [...seen, ...app.logged].join('\n');
    for (const { secret } of [customer, testClient]) expect(everything).not.toContain(secret);
  });

  it('import what was made with either', async () => {
    await accept(await leads('/connect', { name: 'others', client_id: customer.id }));
    const token = app.simulator.control.livingRefreshTokens(customer.id)[0]?.value ?? '';
    await app.server.store.db.deleteFrom('connections').execute();
    const wrong = await someone.submit('/import', { content: token, name: 'in' }, '/import');
    expect(wrong.text).toContain('refused');
    await someone.submit('/import', { content: token, name: 'in', client_id: customer.id }, '/import');
    expect(await card(customer.id)).toContain('<a href="/connections/in">in</a>');
  });
});

describe('the test of a client', () => {
  beforeEach(() => start(fromPage));

  it('refreshes a token that does not exist, and takes the refusal of the token for a yes', async () => {
    const text = await press(customer.id, 'test');
    expect(text).toContain(`Zoho knows ${customer.id} and takes its secret in Europe.`);
    const [sent] = app.simulator.control.requests({ endpoint: 'refresh' });
    expect(sent).toMatchObject({ dataCenter: 'eu', form: { client_id: customer.id } });
    expect(sent?.form['refresh_token']).toMatch(unknownToken);
    const events = (await someone.visit(`/events.jsonl?subject=${customer.id}`)).text;
    expect(events).toContain('"client_tested"');
    expect(events).toContain('eu: good');
  });

  it.each([
    ['a wrong secret', 'Zoho refused the client secret (invalid_client_secret).'],
    ['a home where the client is switched off', 'Zoho does not know this client'],
    ['an ID that Zoho has deleted', 'Zoho does not know this client'],
  ])('names %s', async (what, words) => {
    const { control } = app.simulator;
    if (what === 'a wrong secret') await save({ ...theirs, client_secret: 'f'.repeat(42) });
    else if (what.startsWith('an ID')) control.deleteClient(customer.id);
    else {
      control.disableDataCenter(customer.id, 'in');
      await save({ ...theirs, data_center: 'in' });
    }
    const text = await press(customer.id, 'test');
    expect(text).toContain(words);
    expect(text).toContain('<div class="notice bad" role="status">');
  });

  it.each(['reset_at_connect', 'html_503'] as const)(
    'says that Zoho could not be asked (%s), and blames no client',
    async (kind) => {
      app.simulator.control.faults.inject({ endpoint: 'refresh', kind });
      const text = await press(customer.id, 'test');
      expect(text).toContain('<div class="notice wait" role="status">');
      expect(text).not.toContain('takes its secret');
    },
  );
});

describe('clients on the page', () => {
  it('are none at first, and the way to one is shown', async () => {
    app = await inProcess(fromPage);
    someone = person(app);
    const text = await page();
    expect(text).toContain('<a href="/setup">Set one up step by step.</a>');
    expect(text).not.toContain('<article');
    expect((await save(agency)).headers['location']).toBe('/clients');
    expect(await card(testClient.id)).toContain('Default for new connections');
  });

  it('may be three, of which one is the default until another is made it', async () => {
    await start(fromPage);
    await save({ ...theirs, client_id: '1000.THIRD' });
    expect((await page()).split('<article')).toHaveLength(4);
    expect(idsIn(await leads('/connect', {}))).toEqual(['us', testClient.id]);
    // Neither a change of another one nor a restart makes it the default.
    await save({ ...theirs, client_secret: '' });
    await app.restart();
    expect(idsIn(await leads('/connect', {}))).toEqual(['us', testClient.id]);
    expect(await press(customer.id, 'default')).toContain(`New connections are made with ${customer.id} from now on.`);
    expect(idsIn(await leads('/connect', {}))).toEqual(['eu', customer.id]);
    await press(customer.id, 'delete');
    expect(await card(testClient.id)).toContain('Default for new connections');
  });

  it('keep their secret when only the home is changed', async () => {
    await start(fromPage);
    expect((await save({ ...theirs, client_secret: '', data_center: 'in' })).status).toBe(303);
    expect(await press(customer.id, 'test')).toContain('takes its secret in India.');
  });

  it('are deleted with their secrets, but not while connections use them', async () => {
    await start(fromPage);
    const own = { data_center: 'in', client_secret: 's'.repeat(42) };
    await someone.submit(`/clients/${customer.id}/secrets`, own, '/clients');
    await accept(await leads('/connect', { name: 'crm', client_id: customer.id }));
    expect(await press(customer.id, 'delete')).toContain(`${customer.id} is in use by crm.`);
    await someone.submit('/connections/crm/revoke');
    expect(await press(customer.id, 'delete')).toContain(`The client ${customer.id} is deleted here.`);
    const { db } = app.server.store;
    expect(await db.selectFrom('client_secrets').selectAll().execute()).toEqual([]);
    expect((await db.selectFrom('clients').selectAll().execute()).map((row) => row.client_id)).toEqual([testClient.id]);
    // What has lost its client is reconnected with the default one.
    expect(idsIn(await leads('/connections/crm/reconnect', {}))).toEqual(['us', testClient.id]);
  });

  it('can be changed by the environment only where it names one', async () => {
    await start();
    expect(await card(testClient.id)).toContain('ZOHO_CLIENT_ID');
    expect(await card(customer.id)).not.toContain('/default');
    for (const [path, fields] of [
      [`/clients/${testClient.id}/delete`, {}],
      [`/clients/${customer.id}/default`, {}],
      ['/clients', agency],
    ] as const) {
      const answer = await post(path, fields);
      expect([path, answer.status]).toEqual([path, 409]);
      expect(answer.body).toContain('set by the environment');
    }
  });

  it.each(['default', 'test', 'delete', 'secrets'])('that nobody set up cannot be had: %s', async (action) => {
    await start();
    expect((await post(`/clients/1000.NOBODY/${action}`)).status).toBe(404);
  });

  it.each([
    ['dropped', fromPage],
    ['replaced by another', { ZOHO_CLIENT_ID: '1000.OTHER', ZOHO_CLIENT_SECRET: 'o'.repeat(42) }],
  ])('are missed at once when the environment’s was %s', async (_how, env) => {
    await start();
    await accept(await leads('/connect', { name: 'crm' }));
    const { code, stdout } = await runCommand(app, ['doctor'], env);
    const said = `1 connection was made with the client ${testClient.id}, which is not set up here: add it on the page Clients`;
    expect([code, stdout]).toEqual([1, expect.stringContaining(said)]);
  });

  it('say when their secret is damaged, and so do dashboard, start and doctor', async () => {
    await start();
    await accept(await leads('/connect', { name: 'crm', client_id: customer.id }));
    const { db } = app.server.store;
    await db.updateTable('clients').set({ secret_sealed: 'v1.k.damaged' }).execute();
    expect(await card(customer.id)).toContain('The stored secret cannot be decrypted');
    const said = `1 connection was made with the client ${customer.id}, whose stored secret cannot be decrypted`;
    expect((await someone.visit('/')).text).toContain(said);
    await app.restart();
    expect(app.logged.join('\n')).toContain(said);
    expect((await runCommand(app, ['doctor'])).stdout).toContain(said);
    const again = await post('/connections/crm/reconnect');
    expect([again.status, again.body]).toEqual([409, expect.stringContaining('Save it again on the page Clients.')]);
    await save(theirs);
    expect((await someone.visit('/')).text).not.toContain(said);
  });
});
