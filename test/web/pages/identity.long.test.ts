import { findConnection } from '../../../src/store/connections';
import type { ConnectionRow } from '../../../src/store/schema';
import type { SimulatedUser } from '../../../src/simulator/simulator';
import { testClient } from '../../support/site';
import { inProcess, type TestApp } from '../../support/start';
import { pathOf, type Person, person, someName } from '../../support/person';
import { pendingRevocations } from '../../support/revocations';

let app: TestApp;
let someone: Person;
let name: string;
let before: ConnectionRow;
beforeAll(async () => {
  app = await inProcess();
  app.simulator.control.settings.codesPerWindow = 100;
});
afterAll(() => app.stop());
beforeEach(async () => {
  const { control } = app.simulator;
  Object.assign(control.settings, { apiDomain: 'https://www.zohoapis.com', apiDomainInReply: true });
  control.addUser(maria());
  [someone, name] = [person(app), someName()];
  await someone.connect({ name });
  before = await stored();
  control.clearRequests();
});

describe.each([
  ['environment', 'production', 'sandbox', () => settle({ apiDomain: 'https://sandbox.zohoapis.com' })],
  ['environment', 'production', 'developer', () => settle({ apiDomain: 'https://developer.zohoapis.com:443/' })],
  [
    'organisation',
    'Brightwater Supply (700400100)',
    'Other Ltd (700400999)',
    () => app.simulator.control.addUser(maria({ organisation: 'Other Ltd', orgId: '700400999' })),
  ],
  [
    'organisation',
    'Brightwater Supply (700400100)',
    'Brightwater Supply (700400998)',
    () => app.simulator.control.addUser(maria({ orgId: '700400998' })),
  ],
  ['data centre', 'United States', 'Europe', () => app.simulator.control.addUser(maria({ dataCenter: 'eu' }))],
])('a reconnect of the same user that changes the %s from %s to %s', (what, from, to, move) => {
  beforeEach(move);

  it('changes nothing, revokes nothing and asks on the page of the connection', async () => {
    const page = await reconnect();
    expect(page.text).toContain(`The ${what} would change: <b>${from}</b> → <b>${to}</b>`);
    expect(await stored()).toEqual(before);
    expect(app.simulator.control.count({ endpoint: 'revoke' })).toBe(0);
    expect((await someone.visit('/')).text).toContain(`Reconnecting “${name}” would change what it is for.`);
  });

  it('is taken with a second yes, and the replaced token revoked', async () => {
    const [old] = living();
    await reconnect();
    const [fresh] = living();
    const page = await answer({ confirm: 'yes' });
    expect(page.text).toContain(`“${name}” is connected`);
    expect(page.text).not.toContain('would change');
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(revoked()).toEqual([old]);
    expect(living()[0]).toBe(fresh);
    await someone.submit(`/connections/${name}/refresh`);
    expect((await someone.visit('/')).text).toContain(`“${name}” has a new access token`);
    // The same place again is no change any more.
    expect((await reconnect()).text).toContain(`“${name}” is connected again.`);
  });

  it('is undone with a no, and the new token revoked', async () => {
    await reconnect();
    const [fresh] = living();
    const page = await answer({ decline: 'yes' });
    expect(page.text).toContain('The connection stays as it was.');
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(revoked()).toEqual([fresh]);
    expect(await stored()).toEqual(before);
  });
});

describe('a reconnect that waits for a second yes', () => {
  beforeEach(() => settle({ apiDomain: 'https://sandbox.zohoapis.com' }));

  it('ends after ten minutes: a late yes changes nothing and the new token is revoked', async () => {
    await reconnect();
    const [fresh] = living();
    app.advance(601);
    expect((await someone.visit(`/connections/${name}`)).text).not.toContain('name="confirm"');
    const page = await someone.submit(`/connections/${name}/reconnect`, { confirm: 'yes' }, `/connections/${name}`);
    expect((await someone.visit(page.headers['location'] as string)).text).toContain('was not confirmed within ten');
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(revoked()).toEqual([fresh]);
    expect(await stored()).toEqual(before);
  });

  it('is ended by the Keeper itself when nobody answers, also after a restart', async () => {
    await reconnect();
    const [fresh] = living();
    app.advance(601);
    await app.restart();
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(revoked()).toEqual([fresh]);
  });

  it('survives a restart and can be confirmed after it', async () => {
    await reconnect();
    await app.restart();
    expect((await answer({ confirm: 'yes' })).text).toContain(`“${name}” is connected`);
    expect((await stored()).environment).toBe('sandbox');
  });

  it('is confirmed once by any number of clicks', async () => {
    await reconnect();
    const page = `/connections/${name}`;
    const click = () => someone.submit(`${page}/reconnect`, { confirm: 'yes' }, page);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(click));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303));
    expect((await stored()).environment).toBe('sandbox');
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(revoked()).toHaveLength(1);
  });

  it('makes room for another one, and for a reconnect to where it was', async () => {
    await reconnect();
    const [first] = living();
    await reconnect();
    const [second] = living();
    settle({ apiDomain: 'https://www.zohoapis.com' });
    expect((await reconnect()).text).toContain(`“${name}” is connected again.`);
    await app.simulator.control.arrived(3, { endpoint: 'revoke' });
    expect(revoked()).toEqual(expect.arrayContaining([first, second]));
    const late = await someone.submit(`/connections/${name}/reconnect`, { confirm: 'yes' }, `/connections/${name}`);
    expect(late.status).toBe(409);
  });

  it.each(['revoke', 'delete'])('is revoked with the rest at once by %s', async (action) => {
    await reconnect();
    await someone.submit(`/connections/${name}/${action}`, {}, `/connections/${name}`);
    expect((await someone.visit('/')).text).toContain('its tokens were revoked at Zoho');
    expect(revoked()).toHaveLength(2);
    expect(await pendingRevocations(app.server.store)).toEqual([]);
  });

  it('is found again when the callback is loaded again', async () => {
    const callback = pathOf(app.simulator.control.authorize(await consentPage()));
    await someone.visit(callback);
    expect((await someone.visit(callback)).text).toContain('name="confirm"');
  });

  it('after a crash that left only the answer waits all the same', async () => {
    const callback = pathOf(app.simulator.control.authorize(await consentPage()));
    await someone.visit(callback);
    const { db } = app.server.store;
    await db
      .updateTable('flows')
      .set({ status: 'exchanging' })
      .where('connection_name', '=', name)
      .where('status', '=', 'unconfirmed')
      .execute();
    await app.restart();
    await expectSoon(async () => (await someone.visit(`/connections/${name}`)).text.includes('name="confirm"'));
    expect(await stored()).toEqual(before);
  });
});

it('a reconnect at which Zoho names no API domain, or none of ours, stays where it was', async () => {
  settle({ apiDomain: 'https://sandbox.zohoapis.com' });
  await reconnect();
  await answer({ confirm: 'yes' });
  settle({ apiDomain: 'https://www.zohoapis.com.evil.example' });
  expect((await reconnect()).text).toContain(`“${name}” is connected again.`);
  expect((await stored()).environment).toBe('sandbox');
  settle({ apiDomainInReply: false });
  expect((await reconnect()).text).toContain(`“${name}” is connected again.`);
  expect((await stored()).environment).toBe('sandbox');
});

it('a reconnect at which Zoho does not tell the organisation asks, and a yes does not forget which it was', async () => {
  app.simulator.control.faults.inject({ endpoint: 'api', kind: 'html_500' });
  expect((await reconnect()).text).toContain('<b>not told by Zoho</b>');
  await answer({ confirm: 'yes' });
  expect(await stored()).toMatchObject({ organisation: 'Brightwater Supply', organisation_id: '700400100' });
});

it('a reconnect elsewhere by which Zoho does not tell the user forgets who it was, and says so before', async () => {
  app.simulator.control.addUser(maria({ organisation: 'Other Ltd', orgId: '700400999' }));
  const fields = { scopes: 'ZohoCRM.org.READ' };
  const { headers } = await someone.submit(`/connections/${name}/reconnect`, fields);
  const page = await someone.visit(pathOf(app.simulator.control.authorize(headers['location'] as string)));
  expect(page.text).toContain('The user would change: <b>Maria Sanchez</b> → <b>not told by Zoho</b>');
  expect(await stored()).toEqual(before);
  await answer({ confirm: 'yes' });
  expect(await stored()).toMatchObject({
    zuid: null,
    user_name: null,
    user_email: null,
    organisation: 'Other Ltd',
  });
});

it('a reconnect in another data centre by which Zoho tells nothing forgets user and organisation, and says so before', async () => {
  app.simulator.control.addUser(maria({ dataCenter: 'eu' }));
  const { headers } = await someone.submit(`/connections/${name}/reconnect`, { scopes: 'ZohoCRM.modules.ALL' });
  const page = await someone.visit(pathOf(app.simulator.control.authorize(headers['location'] as string)));
  for (const what of ['data centre', 'organisation', 'user']) expect(page.text).toContain(`The ${what} would change`);
  await answer({ confirm: 'yes' });
  const told = { zuid: null, user_name: null, organisation: null, organisation_id: null };
  expect(await stored()).toMatchObject({ data_center: 'eu', ...told });
});

it('a connection of before the environment was noted has it in its API domain', async () => {
  const { db } = app.server.store;
  await db
    .updateTable('connections')
    .set({ environment: null, organisation_id: null })
    .where('name', '=', name)
    .execute();
  expect((await reconnect()).text).toContain(`“${name}” is connected again.`);
  await db
    .updateTable('connections')
    .set({ environment: null, api_domain: 'https://sandbox.zohoapis.com' })
    .where('name', '=', name)
    .execute();
  expect((await reconnect()).text).toContain('<b>sandbox</b> → <b>production</b>');
});

it('a refresh that names another environment does not move the connection', async () => {
  await app.server.store.db
    .updateTable('connections')
    .set({ api_domain: 'https://www.zohoapis.com' })
    .where('name', '=', name)
    .execute();
  settle({ apiDomain: 'https://sandbox.zohoapis.com' });
  await someone.submit(`/connections/${name}/refresh`);
  expect(await stored()).toMatchObject({
    api_domain: 'https://www.zohoapis.com',
    environment: 'production',
    refreshed_by: 'person',
  });
  expect(app.logged.join('\n')).toContain('Zoho named another environment at a refresh');
});

describe('consent', () => {
  it('is asked where it was asked first', async () => {
    const other = someName();
    await someone.connect({ name: other, dataCenter: 'in', userIn: 'eu' });
    const away = await someone.submit(`/connections/${other}/reconnect`);
    expect(new URL(away.headers['location'] as string).origin).toBe(app.simulator.urls.in);
  });

  it('of connections of before that was noted is asked where the client is registered', async () => {
    await app.server.store.db
      .updateTable('connections')
      .set({ asked_data_center: null })
      .where('name', '=', name)
      .execute();
    const page = `/connect/code?name=${name}&reconnect=yes`;
    const { headers } = await someone.submit(`/connections/${name}/reconnect`, {}, page);
    expect(new URL(headers['location'] as string).origin).toBe(app.simulator.urls.us);
  });
});

function settle(settings: Partial<TestApp['simulator']['control']['settings']>): void {
  Object.assign(app.simulator.control.settings, settings);
}

function maria(change: Partial<SimulatedUser> = {}): SimulatedUser {
  const names = { firstName: 'Maria', lastName: 'Sanchez', displayName: 'Maria Sanchez' };
  const home = { dataCenter: 'us', organisation: 'Brightwater Supply', orgId: '700400100' } as const;
  return { zuid: 60_012_340_001, email: 'maria@brightwater.example', ...names, ...home, ...change };
}

async function stored(): Promise<ConnectionRow> {
  const row = await findConnection(app.server.store, name);
  if (!row) throw new Error('the connection is gone');
  return row;
}

async function consentPage(): Promise<string> {
  return (await someone.submit(`/connections/${name}/reconnect`)).headers['location'] as string;
}

async function reconnect() {
  return someone.visit(pathOf(app.simulator.control.authorize(await consentPage())));
}

async function answer(fields: Record<string, string>) {
  const page = `/connections/${name}`;
  const sent = await someone.submit(`${page}/reconnect`, fields, page);
  return someone.visit(sent.headers['location'] as string);
}

/** Living refresh tokens, the newest first. */
function living(): string[] {
  return app.simulator.control
    .livingRefreshTokens(testClient.id)
    .map(({ value }) => value)
    .toReversed();
}

function revoked(): (string | undefined)[] {
  return app.simulator.control.requests({ endpoint: 'revoke' }).map(({ form }) => form?.['token']);
}

async function expectSoon(condition: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until;) if (await condition()) return;
  throw new Error('it did not come about in ten seconds');
}
