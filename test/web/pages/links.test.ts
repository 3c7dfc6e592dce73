import supertest, { type Response } from 'supertest';
import { endWorkUnderWay } from '../../../src/store/backup';
import { forgetOldRows } from '../../../src/maintenance/retention';
import { contextOn } from '../../support/context';
import { recentEvents } from '../../support/events';
import { pathOf, type Person, person, someName } from '../../support/person';
import { owner, password, post } from '../../support/sign-in';
import { inProcess, type TestApp } from '../../support/start';

const host = 'keeper.example.com';
const note = 'Anna of Example Ltd.,\nfor <b>the</b> sales report';

let app: TestApp;
let anna: Person;

beforeAll(async () => {
  app = await inProcess({ DASHBOARD_PASSWORD: password });
  anna = await owner(app);
});
afterAll(() => app.stop());
beforeEach(() => app.advance(601));

/** Fills the form in and returns the path of the link. */
async function makeLink(fields: Record<string, string> = {}): Promise<string> {
  const { status, headers } = await anna.submit('/links', { name: someName(), note, ...fields }, '/links');
  expect([status, headers['location']]).toEqual([303, '/links']);
  const { text } = await anna.visit('/links');
  return pathOf(/<code id="made">([^<]*)<\/code>/.exec(text)?.[1] ?? '');
}

/** Presses the button on the outsider's page and returns the address of Zoho's consent page. */
async function setOut(outsider: Person, link: string): Promise<string> {
  const { status, headers } = await outsider.submit(`${link}/connect`, {}, link);
  expect(status).toBe(303);
  return headers['location'] as string;
}

/** Accepts at Zoho; returns the path of the callback. */
function accept(consent: string, choice: { zuid?: number; accept?: boolean } = {}): string {
  return pathOf(app.simulator.control.authorize(consent, { accept: true, ...choice }));
}

async function connect(outsider: Person, link: string, choice: { zuid?: number; accept?: boolean } = {}) {
  return outsider.visit(accept(await setOut(outsider, link), choice));
}

function zuidIn(dataCenter: string): number {
  return app.simulator.control.users().find((user) => user.dataCenter === dataCenter)?.zuid ?? 0;
}

async function statusOf(name: string): Promise<string> {
  const { text } = await anna.visit('/links');
  const row = text.split('<li>').find((part) => part.includes(`<strong>${name}</strong>`)) ?? '';
  return /class="status \w+">([^<]*)</.exec(row)?.[1] ?? 'not listed';
}

async function sessions(): Promise<number> {
  return (await app.server.store.db.selectFrom('sessions').select('id_digest').execute()).length;
}

const closedWords = 'This link cannot be used: it was used before, has expired, was taken back, or is not whole.';

function expectClosed({ status, text }: Response): void {
  expect(status).toBe(404);
  expect(text).toContain(closedWords);
  expect(text).not.toContain('<form');
  expect(text).not.toContain('<a class="brand"');
}

describe('a link for somebody outside', () => {
  it('is shown once with a QR code, and only its digest is stored', async () => {
    const link = await makeLink();
    expect(link).toMatch(/^\/links\/[\w-]{43}$/);
    const token = link.slice('/links/'.length);
    const rows = await app.server.store.db.selectFrom('links').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
    expect((await anna.visit('/links')).text).not.toContain(token);
    expect(app.logged.join('')).not.toContain(token);
    expect((await anna.visit('/events')).text).not.toContain(token);
  });

  it('draws the QR code on the server', async () => {
    await anna.submit('/links', { name: someName() }, '/links');
    expect((await anna.visit('/links')).text).toMatch(
      /<svg class="qr" viewBox="0 0 \d+ \d+"[^>]*><path d="M4 4h1v1h-1z/,
    );
  });

  it('leads the whole way without a sign-in, and to nothing else', async () => {
    const name = someName();
    const link = await makeLink({ name, scopes: 'ZohoCRM.modules.leads.READ AaaServer.profile.Read' });
    const outsider = person(app);
    const page = await outsider.open(link);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`localhost:${app.port} asks for access to your Zoho account`);
    expect(page.text).toContain('Anna of Example Ltd.,\nfor &lt;b&gt;the&lt;/b&gt; sales report');
    expect(page.text).toMatch(/<strong>Zoho CRM<\/strong>\s*<p>leads: read<\/p>/);
    expect(page.text).toContain('My Account, Sessions, Connected Apps');
    expect(page.text).not.toContain(name);
    expect(page.text).not.toMatch(/<nav|<a class="brand"|href="\/(?!assets)/);
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex, nofollow' });
    const done = await connect(outsider, link);
    expect(done.text).toContain('Done: your Zoho account is connected. You can close this page.');
    expect(done.text).not.toMatch(/<form|<nav|<a class="brand"/);
    expect(done.text).not.toContain(name);
    expect((await outsider.visit(link)).text).toContain('Done: ');
    for (const path of ['/', '/links', '/events', `/connections/${name}`, '/keys']) {
      expect((await outsider.open(path)).headers['location']).toMatch(/^\/login(\?|$)/);
    }
    expect((await anna.visit(`/connections/${name}`)).text).toContain('Active');
    expect(await statusOf(name)).toBe('Used');
    expectClosed(await person(app).visit(link));
    const { text } = await anna.visit(`/events?subject=${name}`);
    expect(text).toMatch(/link [0-9a-f]{12}/);
  });

  it('is looked at without a trace: no session, no row', async () => {
    const link = await makeLink();
    const before = await sessions();
    const { headers } = await person(app).open(link);
    expect(headers['set-cookie']).toBeUndefined();
    await person(app).open('/links/nothing');
    expect(await sessions()).toBe(before);
  });

  it('may be tried again after a refusal at Zoho, until it is used', async () => {
    const name = someName();
    const link = await makeLink({ name });
    const outsider = person(app);
    const declined = await connect(outsider, link, { accept: false });
    expect(declined.text).toContain('You declined at Zoho, so nothing was connected.');
    expect(declined.text).toContain(`action="${link}/connect"`);
    app.simulator.control.faults.inject({ endpoint: 'exchange', kind: 'invalid_code' });
    expect((await connect(outsider, link)).text).toContain('That did not work, and nothing was connected.');
    expect(await statusOf(name)).toBe('Waiting');
    expect((await connect(outsider, link)).text).toContain('Done: ');
  });

  it('takes ten tries', async () => {
    const name = someName();
    const link = await makeLink({ name });
    const outsider = person(app);
    for (let n = 0; n < 10; n++) await setOut(outsider, link);
    expectClosed(await outsider.visit(link));
    expectClosed(await post(app, `${link}/connect`, {}));
    expect(await statusOf(name)).toBe('Ten tries failed');
  });

  it('lets one of two in who come at the same time, and revokes what the other was given', async () => {
    const name = someName();
    const link = await makeLink({ name });
    const [one, two] = [person(app), person(app)];
    const first = accept(await setOut(one, link), { zuid: zuidIn('us') });
    const second = accept(await setOut(two, link), { zuid: zuidIn('eu') });
    const pages = await Promise.all([one.visit(first), two.visit(second)]);
    const late = pages.filter(({ text }) => !text.includes('Done: '));
    expect(late).toHaveLength(1);
    late.forEach(expectClosed);
    const rows = await app.server.store.db.selectFrom('connections').select('name').where('name', '=', name).execute();
    expect(rows).toHaveLength(1);
    const flows = await app.server.store.db
      .selectFrom('flows')
      .select(['status', 'error_code'])
      .where('connection_name', '=', name)
      .execute();
    expect(flows.map((flow) => flow.error_code ?? flow.status).toSorted()).toEqual(['done', 'link_closed']);
  });

  it('is refused in one sentence when it is unknown, cut short, expired or revoked', async () => {
    const [expired, name] = [await makeLink({ expires: '1h' }), someName()];
    app.advance(3601);
    anna = await owner(app);
    const link = await makeLink({ name });
    const outsider = person(app);
    const late = accept(await setOut(outsider, link));
    const id = /\/links\/([0-9a-f]{12})\/delete/.exec((await anna.visit('/links')).text)?.[1] ?? '';
    await anna.submit(`/links/${id}/delete`, {}, '/links');
    expect(await statusOf(name)).toBe('Revoked');
    for (const path of [expired, link, link.slice(0, -1), `/links/${'A'.repeat(43)}`]) {
      expectClosed(await person(app).visit(path));
      expectClosed(await post(app, `${path}/connect`, {}));
    }
    expectClosed(await outsider.visit(late));
    expect((await anna.open(`/connections/${name}`)).status).toBe(404);
  });

  it('belongs to the browser that set out: a callback in another one changes nothing', async () => {
    const name = someName();
    const link = await makeLink({ name });
    const callback = accept(await setOut(person(app), link));
    const before = app.simulator.control.requests({ endpoint: 'exchange' }).length;
    const foreign = await person(app).visit(callback);
    expect(foreign.status).toBe(403);
    expect(foreign.text).toContain('You set out for Zoho in another browser');
    const [event] = await recentEvents(app.server.store, 1);
    expect(event).toMatchObject({
      action: 'callback_refused',
      detail: 'foreign_state',
      actor: expect.stringMatching(/^link /),
    });
    expect(foreign.text).not.toMatch(/<nav|<a class="brand"|href="\/(?!assets)/);
    expect((await anna.open(callback)).status).toBe(403);
    for (const forged of [callback.replace(/state=[^&]*/, 'state=forged'), '/oauth/callback?code=1&state=']) {
      expect((await person(app).open(forged)).headers['location']).toBe('/login?because=callback');
    }
    expect(app.simulator.control.requests({ endpoint: 'exchange' })).toHaveLength(before);
  });

  it('does not let an outsider complete what was begun on the dashboard', async () => {
    const callback = pathOf(await anna.consent({ name: someName() }));
    const { headers } = await person(app).open(callback);
    expect(headers['location']).toBe('/login?because=callback');
  });
});

describe('a link to reconnect', () => {
  const scopes = 'ZohoCRM.modules.ALL AaaServer.profile.Read';

  it('keeps the connection with its user, and refuses another one', async () => {
    const name = someName();
    await anna.connect({ name, userIn: 'us', scopes });
    const link = await makeLink({ name });
    const outsider = person(app);
    expect((await outsider.visit(link)).text).toContain('as the same user as before');
    const other = await connect(outsider, link, { zuid: zuidIn('eu') });
    expect(other.text).toContain('This was not the Zoho user who connected before');
    expect(await statusOf(name)).toBe('Waiting');
    expect((await connect(outsider, link, { zuid: zuidIn('us') })).text).toContain('Done: ');
    expect(await statusOf(name)).toBe('Used');
  });

  it('is not made when nobody could tell whether it is the same user', async () => {
    const name = someName();
    await anna.connect({ name, scopes: 'ZohoCRM.modules.ALL' });
    const { status, text } = await anna.submit('/links', { name }, '/links');
    expect(status).toBe(409);
    expect(text).toContain('Zoho has not said whose account');
  });

  it('leaves a change of what the connection is for to whoever runs the Keeper', async () => {
    const name = someName();
    Object.assign(app.simulator.control.settings, { apiDomain: 'https://www.zohoapis.com' });
    await anna.connect({ name, userIn: 'us', scopes });
    const link = await makeLink({ name });
    Object.assign(app.simulator.control.settings, { apiDomain: 'https://sandbox.zohoapis.com' });
    const done = await connect(person(app), link, { zuid: zuidIn('us') });
    Object.assign(app.simulator.control.settings, { apiDomain: 'https://www.zohoapis.com' });
    expect(done.text).toContain('whoever sent the link has to confirm it');
    expect((await anna.visit(`/connections/${name}`)).text).toContain('name="confirm"');
  });

  it('leaves the connection with its own client unless another one is chosen', async () => {
    const [name, own] = [someName(), { id: '1000.CUSTOMERSOWN', secret: 'e'.repeat(42) }];
    const redirectUris = [`${app.url}/oauth/callback`];
    app.simulator.control.addClient({ ...own, redirectUris, dataCenter: 'us', type: 'server' });
    const saved = { client_id: own.id, client_secret: own.secret, data_center: 'us' };
    await anna.submit('/clients', saved, '/clients');
    const begun = await anna.submit('/connect', { name, scopes, client_id: own.id });
    await anna.visit(accept(begun.headers['location'] as string));
    const { text } = await anna.visit('/links');
    // What a browser sends of the list: its first choice.
    const [, first = 'no list'] = /<select[^>]* name="client_id"[^>]*>\s*<option[^>]* value="([^"]*)"/.exec(text) ?? [];
    const consent = await setOut(person(app), await makeLink({ name, client_id: first }));
    expect(new URL(consent).searchParams.get('client_id')).toBe(own.id);
    await anna.submit(`/connections/${name}/delete`, {}, `/connections/${name}`);
    await anna.submit(`/clients/${own.id}/delete`, {}, '/clients');
  });

  it('no longer fits when the connection was deleted, nor does one for a name that was taken', async () => {
    const [gone, taken] = [someName(), someName()];
    await anna.connect({ name: gone, scopes });
    const links = [await makeLink({ name: gone }), await makeLink({ name: taken })];
    await anna.submit(`/connections/${gone}/delete`, {}, `/connections/${gone}`);
    await anna.connect({ name: taken, scopes });
    for (const link of links) expectClosed(await person(app).visit(link));
    expect([await statusOf(gone), await statusOf(taken)]).toEqual(['No longer fits', 'No longer fits']);
  });
});

describe('the page Links', () => {
  it('asks again for what cannot be used, and keeps what was typed', async () => {
    const base: Record<string, string> = { name: someName(), note: 'kept' };
    for (const [fields, words] of [
      [{ name: 'Not A Name' }, 'Use 1 to 64 of'],
      [{ scopes: 'nothing' }, 'which is no scope'],
      [{ scopes: 'ZohoDesk.tickets.READ' }, 'Use Desk.tickets.READ'],
      [{ expires: '9y' }, 'Choose one of the list.'],
      [{ client_id: '1000.NOBODY' }, 'is not set up here.'],
      [{ note: 'n'.repeat(301) }, 'Use 300 characters at most.'],
    ] as const) {
      const { status, text } = await anna.submit('/links', { ...base, ...fields }, '/links');
      expect([words, status, text.includes(words)]).toEqual([words, 400, true]);
      if ('name' in fields) expect(text).toContain('>kept</textarea>');
    }
  });

  it('makes no second link for the same name, and tells the dashboard of open ones', async () => {
    const name = someName();
    await makeLink({ name });
    expect((await anna.submit('/links', { name }, '/links')).text).toContain('There is an open link for');
    expect((await anna.visit('/')).text).toMatch(/links? waits?<\/a> for somebody to connect/);
  });

  it('says that links stay on this computer when its address does', async () => {
    expect((await anna.visit('/links')).text).toContain('Links open on this computer only.');
  });
});

describe('links in the database', () => {
  it('are forgotten a month after they expired', async () => {
    const { store } = app.server;
    await makeLink();
    app.advance(32 * 24 * 3600);
    await forgetOldRows(contextOn(store, { now: app.now }));
    expect(await store.db.selectFrom('links').select('id').execute()).toEqual([]);
  });

  it('that were open in a backup are closed after its restore', async () => {
    const { store } = app.server;
    anna = await owner(app);
    const link = await makeLink();
    await endWorkUnderWay(store, app.now().toISOString());
    expectClosed(await person(app).visit(link));
  });
});

it('works under a public name with a password, and not at all without one', async () => {
  const site = await inProcess({ DASHBOARD_PASSWORD: password, ALLOWED_HOSTS: host });
  const someone = await owner(site);
  await someone.submit('/links', { name: 'customer' }, '/links');
  const link = pathOf(/<code id="made">([^<]*)</.exec((await someone.visit('/links')).text)?.[1] ?? '');
  expect((await post(site, `${link}/connect`, {}).set('Host', host)).status).toBe(303);
  await site.stop();
  const open = await inProcess();
  const page = await person(open).visit('/links');
  const passedOn = await supertest(open.url)
    .get(`/links/${'A'.repeat(43)}`)
    .set('X-Forwarded-For', '192.0.2.1');
  expect([passedOn.status, passedOn.text.includes('has no password')]).toEqual([403, true]);
  expect(page.text).toContain('Links open on this computer only.');
  await open.stop();
});
