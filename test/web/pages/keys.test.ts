import supertest, { type Response } from 'supertest';
import { program, tokenPath } from '../../support/program';
import { inProcess, type TestApp } from '../../support/start';
import { type Person, person } from '../../support/person';

const keyPattern = /zt_[a-z0-9]{10}_[\w-]{43}_[\w-]{6}/;

describe('the page API keys', () => {
  let app: TestApp;
  let someone: Person;
  beforeAll(async () => {
    app = await inProcess();
    someone = person(app);
    await someone.connect({ name: 'crm' });
    await someone.connect({ name: 'desk' });
  });
  afterAll(() => app.stop());

  /** The page after a key was created. */
  async function make(fields: Record<string, string | string[]>): Promise<Response> {
    const { status, headers } = await send(fields);
    expect([status, headers['location']]).toEqual([303, '/keys']);
    return someone.visit('/keys');
  }

  /** Sends the form as a browser does: of the checkboxes only those that are ticked. */
  async function send(fields: Record<string, string | string[]>): Promise<Response> {
    return supertest(app.url)
      .post('/keys')
      .type('form')
      .set({ Cookie: someone.cookie(), Origin: app.url, 'Sec-Fetch-Site': 'same-origin' })
      .send({ rights: 'read', days: '', ...fields });
  }

  it('makes a key that works, shows it once and never again', async () => {
    const made = await make({ name: 'nightly export', connections: ['crm'], days: '30' });
    expect(made.status).toBe(200);
    const key = keyPattern.exec(made.text)?.[0] ?? '';
    const script = program(app.url, key);
    expect((await script.get(tokenPath('crm'))).status).toBe(200);
    expect((await script.get(tokenPath('desk'))).status).toBe(404);
    expect((await script.post('/api/v1/connections/crm/refresh')).status).toBe(403);
    const { text } = await someone.visit('/keys');
    expect(text).not.toMatch(keyPattern);
    expect(text).toContain('nightly export');
    expect(text.match(/<strong>nightly export</g)).toHaveLength(1);
    expect(text).toContain('can access crm: tokens only');
    expect(text).toMatch(/last used/);
    expect(text).toMatch(/expires .*in 30 days/);
    script.stop();
  });

  it('makes a key for several connections, and one for all with the right to refresh', async () => {
    const both = program(
      app.url,
      keyPattern.exec((await make({ name: 'both', connections: ['crm', 'desk'] })).text)?.[0] ?? '',
    );
    expect((await both.get(tokenPath('desk'))).status).toBe(200);
    const all = program(
      app.url,
      keyPattern.exec((await make({ name: 'all', all: 'yes', rights: 'refresh' })).text)?.[0] ?? '',
    );
    expect((await all.post('/api/v1/connections/desk/refresh')).status).toBe(200);
    both.stop();
    all.stop();
  });

  it('ends a key at once when it is revoked', async () => {
    const key = keyPattern.exec((await make({ name: 'doomed', all: 'yes' })).text)?.[0] ?? '';
    const script = program(app.url, key);
    expect((await script.get(tokenPath('crm'))).status).toBe(200);
    const revoke = `/keys/${key.slice(3, 13)}/revoke`;
    expect((await someone.submit(revoke, {}, '/keys')).status).toBe(303);
    expect((await script.get(tokenPath('crm'))).status).toBe(401);
    expect((await someone.visit('/keys')).text).toContain('The key “doomed” is revoked');
    expect((await someone.visit('/keys')).text).not.toContain(`action="${revoke}"`);
    script.stop();
  });

  it.each([
    [{ name: '', all: 'yes' }, 'Give the key a name'],
    [{ name: 'x'.repeat(65), all: 'yes' }, 'Give the key a name'],
    [{ name: 'typed name' }, 'Tick either'],
    [{ name: 'typed name', all: 'yes', connections: ['crm'] }, 'Tick either'],
    [{ name: 'typed name', all: 'yes', days: '1.5' }, 'whole number of days'],
    [{ name: 'typed name', all: 'yes', days: '4000' }, 'whole number of days'],
  ])('asks again when %j was sent, keeping what was typed', async (fields, words) => {
    const { status, text } = await send(fields);
    expect(status).toBe(400);
    expect(text).toContain(words);
    expect(text).not.toMatch(keyPattern);
    if (fields.name === 'typed name') expect(text).toContain('value="typed name"');
  });

  it('ticks nothing by itself, so that a key is for all connections only where somebody said so', async () => {
    const { text } = await someone.visit('/keys');
    expect(text).toContain('name="all"');
    expect(text).not.toMatch(/<input type="checkbox"[^>]* checked/);
  });

  it.each([
    [{ name: '', connections: ['crm'] }, /id="name"[^>]* autofocus/],
    [{ name: 'typed name' }, /name="connections" value="crm" autofocus/],
    [{ name: 'typed name', connections: ['crm'], days: 'x' }, /id="days"[^>]* autofocus/],
    [{ name: '', days: 'x' }, /id="name"[^>]* autofocus/],
  ])('puts a refused form first, and the focus on the first wrong field of %j', async (fields, focused) => {
    await make({ name: 'one that is listed', connections: ['crm'] });
    const { text } = await send(fields);
    expect(text.match(/ autofocus/g)?.length).toBe(
      1 + (text.match(/popovertargetaction="hide" autofocus/g)?.length ?? 0),
    );
    expect(text).toMatch(focused);
    expect(text.indexOf('action="/keys"')).toBeLessThan(text.indexOf('one that is listed'));
    expect(text.match(/action="\/keys"/g)).toHaveLength(1);
  });

  it('keeps the new key sealed until it is shown', async () => {
    await send({ name: 'waiting', connections: ['crm'] });
    const rows = await app.server.store.db.selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(rows)).not.toMatch(keyPattern);
    expect((await someone.visit('/')).text).not.toMatch(keyPattern);
    expect((await someone.visit('/keys')).text).toMatch(keyPattern);
    expect((await someone.visit('/keys')).text).not.toMatch(keyPattern);
  });

  it('makes the examples of a new key from its own connections', async () => {
    const { text } = await make({ name: 'desk only', connections: ['desk'] });
    expect(text).toContain(`${app.url}/api/v1/connections/desk/token`);
    expect(text).not.toContain('/connections/crm/');
  });

  it('shows examples with this server’s address and a connection that exists', async () => {
    const { text } = await someone.visit('/keys');
    expect(text).toContain(`${app.url}/api/v1/connections/crm/token`);
  });

  it('writes down who made and revoked which key, without the key', async () => {
    const key = keyPattern.exec((await make({ name: 'noted', all: 'yes' })).text)?.[0] ?? '';
    await someone.submit(`/keys/${key.slice(3, 13)}/revoke`, {}, '/keys');
    const events = await app.server.store.db
      .selectFrom('events')
      .selectAll()
      .where('subject', '=', key.slice(3, 13))
      .execute();
    expect(events.map((event) => event.action).toSorted()).toEqual(['api_key_created', 'api_key_revoked']);
    expect(JSON.stringify(events)).not.toContain(key.slice(14, 57));
  });
});
