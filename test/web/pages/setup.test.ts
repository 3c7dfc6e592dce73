import { inProcess, type TestApp } from '../../support/start';
import { testClient } from '../../support/site';
import { owner, password } from '../../support/sign-in';
import { formBody, send } from '../../support/http';
import { pathOf, type Person, person } from '../../support/person';

const noClient = { ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' };
const typed = { client_id: testClient.id, client_secret: testClient.secret, data_center: 'us' };

let app: TestApp;
let someone: Person;
afterEach(() => app.stop());

describe('without a client in the environment', () => {
  beforeEach(async () => {
    app = await inProcess(noClient);
    someone = person(app);
  });

  it('the dashboard leads to the setup page, which shows what to paste at Zoho to the letter', async () => {
    expect((await someone.visit('/')).text).toContain('<h1>Set up your Zoho client</h1>');
    const { text } = await someone.visit('/setup');
    expect(text).toContain(`<code id="homepage">${app.url}</code>`);
    expect(text).toContain(`<code id="redirect">${app.url}/oauth/callback</code>`);
    expect(text).toContain('https://api-console.zoho.com');
    expect(text).toContain('Server-based Applications');
  });

  it('a client typed there is stored sealed, never shown again, and used to connect', async () => {
    const saved = await someone.submit('/setup', typed, '/setup');
    expect(saved.headers['location']).toBe('/');
    const rows = await app.server.store.db.selectFrom('clients').selectAll().execute();
    expect(rows).toMatchObject([{ client_id: testClient.id, data_center: 'us' }]);
    expect(JSON.stringify(rows)).not.toContain(testClient.secret);
    const { text } = await someone.visit('/setup');
    expect(text).toContain(testClient.id);
    expect(text).not.toContain(testClient.secret);
    expect(text).toContain('A secret is stored.');
    expect((await someone.connect()).text).toContain('“default” is connected.');
  });

  it('the secret is kept when only the data centre is changed, and no other client gets it', async () => {
    await someone.submit('/setup', typed, '/setup');
    const changed = { ...typed, client_secret: '', data_center: 'eu' };
    expect((await someone.submit('/setup', changed, '/setup')).status).toBe(303);
    expect((await someone.visit('/setup')).text).toMatch(/value="eu"[^>]* selected/);
    const other = { ...changed, client_id: '1000.ANOTHER' };
    const refused = await someone.submit('/setup', other, '/setup');
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('Copy it from the console.');
  });

  it('another client replaces none that connections use, and the page says so before and after', async () => {
    await someone.submit('/setup', typed, '/setup');
    await someone.connect({ name: 'crm' });
    const before = (await someone.visit('/setup')).text;
    expect(before).toContain('1 connection uses the client that is set up now. With another ID here, it is kept');
    const other = { ...typed, client_id: '1000.ANOTHER', client_secret: 'f'.repeat(42) };
    await someone.submit('/setup', other, '/setup');
    const { text } = await someone.visit('/');
    expect(text).toContain('New connections are made with 1000.ANOTHER from now on.');
    expect(text).toContain(`${testClient.id} is kept: 1 connection made with it`);
    await someone.submit('/connections/crm/refresh');
    expect((await someone.visit('/')).text).toContain('“crm” has a new access token');
    const card = (await someone.visit('/clients')).text.split('<article').find((part) => part.includes(testClient.id));
    expect(card).toContain('<a href="/connections/crm">crm</a>');
  });

  it('gives the focus to the first wrong field alone', async () => {
    const { text } = await someone.submit('/setup', { ...typed, client_id: '', client_secret: '' }, '/setup');
    expect(text.match(/ autofocus/g)).toHaveLength(1);
    expect(text).toMatch(/id="client_id"[^>]* autofocus/);
  });

  it.each([
    ['', 'yes', null],
    ['/', 'yes', 'It differs by the final slash.'],
    ['/', '', 'It differs by the final slash.'],
    [' no address', 'yes', 'It differs by'],
  ])('compares a redirect URI that ends in %j before Zoho does', async (ending, check, problem) => {
    const registered = `${app.config.redirectUri}${ending}`;
    const answer = await someone.submit('/setup', { ...typed, registered, check }, '/setup');
    if (problem === null) expect(answer.text).toMatch(/data-equals>It matches/);
    else expect(answer.text).toContain(problem);
    expect(answer.text).toContain(`value="${registered.trim()}"`);
    expect(await app.server.store.db.selectFrom('clients').selectAll().execute()).toEqual([]);
  });

  it('tells a client secret in the place of the ID, and doubts a secret that Zoho would not make', async () => {
    const mixed = await someone.submit('/setup', { ...typed, client_id: 'ab'.repeat(21) }, '/setup');
    expect(mixed.text).toContain('This looks like the client secret');
    await someone.submit('/setup', { ...typed, client_secret: 'hunter2' }, '/setup');
    expect((await someone.visit('/')).text).toContain('this one is not: test it.');
  });

  it('is a summary once a client is there, with the steps folded', async () => {
    await someone.submit('/setup', typed, '/setup');
    const { text } = await someone.visit('/setup');
    expect(text).toContain('<h1>Your Zoho client is set up</h1>');
    expect(text.indexOf('<details class="more">')).toBeLessThan(text.indexOf('<ol class="card steps">'));
  });

  it('survives a restart', async () => {
    await someone.submit('/setup', typed, '/setup');
    await app.restart();
    expect((await someone.connect()).text).toContain('“default” is connected.');
  });

  it.each([
    ['client_id', 'not an id', 'it looks like 1000.ABC'],
    ['client_id', '<b>bold</b>', 'it looks like 1000.ABC'],
    ['client_secret', 'with spaces', 'What you typed has a space or a line break inside. Copy it anew'],
    ['client_secret', '“quoted”', 'What you typed is in quotes'],
    ['client_secret', '', 'Copy it from the console.'],
    ['data_center', 'xx', 'Choose one of the list'],
  ])('shows the form again with the reason for a bad %s: %j', async (field, value, reason) => {
    const answer = await someone.submit('/setup', { ...typed, [field]: value }, '/setup');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(reason);
    expect(answer.text).not.toContain('<b>bold');
    if (field !== 'client_id') expect(answer.text).toContain(`value="${testClient.id}"`);
    expect(await app.server.store.db.selectFrom('clients').selectAll().execute()).toEqual([]);
  });

  it('a connect form sent all the same is answered with the way to the setup page', async () => {
    await someone.submit('/setup', typed, '/setup');
    await app.server.store.db.deleteFrom('clients').execute();
    const answer = await post('/connect', {});
    expect(answer.status).toBe(409);
    expect(answer.body).toContain('No Zoho client is set up yet. Open the setup page first.');
  });
});

describe('with a client in the environment', () => {
  beforeEach(async () => {
    app = await inProcess({ ZOHO_DATA_CENTER: 'eu' });
    someone = person(app);
  });

  it('it is shown there as set, without its secret and without a form', async () => {
    const { text } = await someone.visit('/setup');
    expect(text).toContain(testClient.id);
    expect(text).toContain('set in the environment');
    expect(text).not.toContain(testClient.secret);
    expect(text).not.toContain('action="/setup"');
  });

  it('a form sent all the same is refused and changes nothing', async () => {
    const answer = await post('/setup', { ...typed, client_id: '1000.OTHER' });
    expect(answer.status).toBe(409);
    expect(answer.body).toContain('set by the environment (ZOHO_CLIENT_ID)');
    expect(await app.server.store.db.selectFrom('clients').selectAll().execute()).toEqual([]);
  });
});

it('a redirect URI of another path than ours is shown and served', async () => {
  const redirectUri = 'http://localhost:1/zoho/return';
  app = await inProcess({ ZOHO_REDIRECT_URI: redirectUri });
  someone = person(app);
  expect((await someone.visit('/setup')).text).toContain(redirectUri);
  const callback = await someone.consent();
  expect(callback).toMatch(/^http:\/\/localhost:1\/zoho\/return\?/);
  expect((await someone.visit(pathOf(callback))).text).toContain('“default” is connected.');
});

it.each(['/', '/login', '/setup'])('a redirect URI at %s leaves the page there as it is', async (path) => {
  const redirectUri = `http://localhost:1${path}`;
  app = await inProcess({ ZOHO_REDIRECT_URI: redirectUri, DASHBOARD_PASSWORD: password });
  someone = await owner(app);
  const before = (await someone.visit(path)).text;
  expect(before).toContain('Sign out');
  const callback = await someone.consent();
  expect(callback.startsWith(`${redirectUri}?`)).toBe(true);
  expect((await someone.visit(pathOf(callback))).text).toContain('“default” is connected.');
  expect((await someone.visit(path)).status).toBe(200);
});

function post(path: string, fields: Record<string, string>) {
  const form = formBody(fields);
  const headers = { ...form.headers, Cookie: someone.cookie(), 'Sec-Fetch-Site': 'same-origin' };
  return send(app.url, { method: 'POST', path, headers, body: form.body });
}
