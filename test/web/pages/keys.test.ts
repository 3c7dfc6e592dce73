import supertest, { type Response } from 'supertest';
import { program, tokenPath } from '../../support/program';
import { inProcess, type TestApp } from '../../support/start';
import { type Person, person } from '../../support/person';

const keyPattern = /zt_[a-z0-9]{10}_[\w-]{43}_[\w-]{6}/;

function idIn(key: string): string {
  return key.slice(3, 13);
}

function rowOf(page: string, name: string): string {
  return page.split('<tr>').find((row) => row.includes(`<bdi>${name}</bdi>`)) ?? '';
}

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
    expect([status, headers['location']]).toEqual([303, expect.stringMatching(/^\/keys\/[a-z0-9]{10}$/)]);
    return someone.visit(String(headers['location']));
  }

  async function makeKey(fields: Record<string, string | string[]>): Promise<string> {
    return keyPattern.exec((await make(fields)).text)?.[0] ?? '';
  }

  /** Sends the form as a browser does: of the checkboxes only those that are ticked. */
  async function send(fields: Record<string, string | string[]>, action = '/keys'): Promise<Response> {
    return supertest(app.url)
      .post(action)
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
    const again = await someone.visit(`/keys/${idIn(key)}`);
    expect(again.text).not.toMatch(keyPattern);
    expect(again.text).toContain('is not shown again');
    script.stop();
  });

  it('lists what each key can access and may do, when it was used, and when it ends', async () => {
    const script = program(app.url, await makeKey({ name: 'listed', connections: ['crm', 'desk'], days: '30' }));
    await script.get(tokenPath('crm'));
    script.stop();
    // What is counted in memory is written at the stop.
    await app.restart();
    const row = rowOf((await someone.visit('/keys')).text, 'listed');
    expect(row).toContain('crm, desk');
    expect(row).toContain('get tokens');
    expect(row).toContain('Tokens taken in 1 of the last 24 hours');
    expect(row).toContain('in 30 days');
    expect(row).not.toContain('status wait');
    expect(row).not.toMatch(keyPattern);
  });

  it('warns of a key that is about to expire, and folds those that have ended', async () => {
    await make({ name: 'ends soon', all: 'yes', days: '3' });
    const gone = await makeKey({ name: 'was revoked', all: 'yes' });
    await someone.submit(`/keys/${idIn(gone)}/revoke`, {}, '/keys');
    const [valid = '', ended = ''] = (await someone.visit('/keys')).text.split('<details class="more">');
    expect(rowOf(valid, 'ends soon')).toMatch(/status wait"><time[^>]*>in 3 days/);
    expect(valid).not.toContain('<bdi>was revoked');
    expect(rowOf(ended, 'was revoked')).toContain('Revoked');
    expect(rowOf(ended, 'was revoked')).not.toContain('<form');
  });

  it('names the first connections of many, and all of a few', async () => {
    const connections = Array.from({ length: 1203 }, (_, n) => `many-${n}`);
    await make({ name: 'for many', connections });
    const { text } = await someone.visit('/keys');
    expect(rowOf(text, 'for many')).toContain('many-0, many-1, many-2 and 1,200 more');
    expect(text.length).toBeLessThan(50_000);
  });

  it('makes a key for several connections, and one for all with the right to refresh', async () => {
    const both = program(app.url, await makeKey({ name: 'both', connections: ['crm', 'desk'] }));
    expect((await both.get(tokenPath('desk'))).status).toBe(200);
    const all = program(app.url, await makeKey({ name: 'all', all: 'yes', rights: 'refresh' }));
    expect((await all.post('/api/v1/connections/desk/refresh')).status).toBe(200);
    both.stop();
    all.stop();
  });

  it('ends a key at once when it is revoked', async () => {
    const key = await makeKey({ name: 'doomed', all: 'yes' });
    const script = program(app.url, key);
    expect((await script.get(tokenPath('crm'))).status).toBe(200);
    const revoke = `/keys/${idIn(key)}/revoke`;
    expect((await someone.submit(revoke, {}, '/keys')).status).toBe(303);
    expect((await script.get(tokenPath('crm'))).status).toBe(401);
    expect((await someone.visit('/keys')).text).toContain('The key “doomed” is revoked');
    expect((await someone.visit('/keys')).text).not.toContain(`action="${revoke}"`);
    const { text } = await someone.visit(`/keys/${idIn(key)}`);
    expect(text).toContain('Revoked');
    expect(text).not.toMatch(/KEEPER_KEY|<form[^>]* action="\/keys/);
    script.stop();
  });

  interface Typed {
    name: string;
    all?: string;
    connections?: string[];
    days?: string;
  }

  it.each<[Typed, string]>([
    [{ name: '', all: 'yes' }, 'Give the key a name'],
    [{ name: 'x'.repeat(65), all: 'yes' }, 'Give the key a name'],
    [{ name: 'typed name' }, 'Tick either'],
    [{ name: 'typed name', all: 'yes', connections: ['crm'] }, 'Tick either'],
    [{ name: 'typed name', all: 'yes', days: '1.5' }, 'whole number of days'],
    [{ name: 'typed name', connections: ['desk'], days: '4000' }, 'whole number of days'],
  ])('asks again when %j was sent, keeping what was typed', async (fields, words) => {
    const { status, text } = await send({ rights: 'refresh', ...fields });
    expect(status).toBe(400);
    expect(text).toContain(words);
    expect(text).toContain('No key was created');
    expect(text).not.toMatch(keyPattern);
    if (fields.name === 'typed name') expect(text).toContain('value="typed name"');
    for (const name of fields.connections ?? []) expect(text).toMatch(new RegExp(`value="${name}" checked`));
    if (fields.days) expect(text).toContain(`value="${fields.days}"`);
    if (fields.all) expect(text).toMatch(/name="all" value="yes" checked/);
    expect(text).toMatch(/<option value="refresh" selected/);
  });

  it('ticks nothing by itself, so that a key is for all connections only where somebody said so', async () => {
    const { text } = await someone.visit('/keys/new');
    expect(text).toContain('name="all"');
    expect(text).not.toMatch(/<input type="checkbox"[^>]* checked/);
    expect((await someone.visit('/keys/new?connections=desk')).text.match(/ checked>/g)).toEqual([' checked>']);
  });

  it.each([
    [{ name: '', connections: ['crm'] }, /id="name"[^>]* autofocus/],
    [{ name: 'typed name' }, /name="connections" value="crm" autofocus/],
    [{ name: 'typed name', connections: ['crm'], days: 'x' }, /id="days"[^>]* autofocus/],
    [{ name: '', days: 'x' }, /id="name"[^>]* autofocus/],
  ])('puts the focus on the first wrong field of %j', async (fields, focused) => {
    const { text } = await send(fields);
    expect(text.match(/ autofocus/g)).toHaveLength(1);
    expect(text).toMatch(focused);
  });

  it('keeps the new key sealed until it is shown, wherever one looks first', async () => {
    await send({ name: 'waiting', connections: ['crm'] });
    const rows = await app.server.store.db.selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(rows)).not.toMatch(keyPattern);
    expect((await someone.visit('/')).text).not.toMatch(keyPattern);
    expect((await person(app).visit('/keys')).text).not.toMatch(keyPattern);
    expect((await someone.visit('/keys')).text).toMatch(keyPattern);
    expect((await someone.visit('/keys')).text).not.toMatch(keyPattern);
  });

  it('knows no key that is not there', async () => {
    for (const path of ['/keys/abcdefghij', '/keys/%00', `/keys/${'x'.repeat(50)}`]) {
      expect((await someone.visit(path)).status).toBe(404);
    }
  });

  it('links to documents that are there', async () => {
    const { text } = await make({ name: 'reader', all: 'yes' });
    for (const path of ['/docs/api.md', '/api/v1/openapi.json']) {
      expect(text).toContain(`href="${path}"`);
      expect(await someone.visit(path)).toMatchObject({ status: 200, text: expect.stringContaining('/token') });
    }
    for (const path of [
      '/docs/none.md',
      '/docs/images/alerts-dark.png',
      '/docs/..%2fpackage.json',
      '/docs/..%2fREADME.md',
    ]) {
      expect((await someone.visit(path)).status).toBe(404);
    }
  });

  it('writes down who made and revoked which key, without the key', async () => {
    const key = await makeKey({ name: 'noted', all: 'yes' });
    await someone.submit(`/keys/${idIn(key)}/revoke`, {}, '/keys');
    const events = await app.server.store.db
      .selectFrom('events')
      .selectAll()
      .where('subject', '=', idIn(key))
      .execute();
    expect(events.map((event) => event.action).toSorted()).toEqual(['api_key_created', 'api_key_revoked']);
    expect(JSON.stringify(events)).not.toContain(key.slice(14, 57));
  });
});
