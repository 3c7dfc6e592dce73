import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { inProcess, type TestApp } from '../support/start';
import { person } from '../support/person';
import { program, refreshPath, someKey, tokenPath } from '../support/program';

const names = ['crm', 'desk', 'books'] as const;
type Rights = 'read' | 'refresh';

interface Kind {
  readonly connections: readonly string[] | null;
  readonly rights: Rights;
  readonly state: 'good' | 'revoked' | 'expired' | 'mistyped';
}

/** Every subset of the connections and all of them, with every right, in every state. */
const kinds: readonly Kind[] = [null, ...subsets(names)].flatMap((connections) =>
  (['read', 'refresh'] as const).flatMap((rights) =>
    (['good', 'revoked', 'expired', 'mistyped'] as const).map((state) => ({ connections, rights, state })),
  ),
);

function subsets(of: readonly string[]): string[][] {
  return Array.from({ length: 2 ** of.length - 1 }, (_, index) => of.filter((_name, bit) => ((index + 1) >> bit) & 1));
}

describe('API keys', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    for (const name of names) await person(app).connect({ name });
    app.advance(1000);
  });
  afterAll(() => app.stop());

  async function keyOf({ connections, rights, state }: Kind): Promise<string> {
    const { store } = app.server;
    const text = await someKey(store, { connections, rights });
    const [, id = ''] = text.split('_');
    const past = new Date(Date.now() - 1000).toISOString();
    if (state === 'revoked')
      await store.db.updateTable('api_keys').set({ revoked_at: past }).where('id', '=', id).execute();
    if (state === 'expired')
      await store.db.updateTable('api_keys').set({ expires_at: past }).where('id', '=', id).execute();
    if (state === 'mistyped') return text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A');
    return text;
  }

  function expected({ connections, rights, state }: Kind, call: string, name: string): number {
    if (state !== 'good') return 401;
    if (call === 'list' || call === 'openapi') return 200;
    if (call === 'metrics') return connections === null ? 200 : 403;
    const visible = name !== 'absent' && (connections === null || connections.includes(name));
    if (!visible) return 404;
    return call === 'refresh' && rights === 'read' ? 403 : 200;
  }

  it('work with 40,000 names as with one', async () => {
    const connections = [...Array.from({ length: 40_000 }, (_, n) => `not-there-${n}`), 'crm', 'desk'];
    const script = program(app.url, await someKey(app.server.store, { name: 'forty thousand', connections }));
    const list = await script.get('/api/v1/connections');
    expect([list.status, list.body['connections']]).toMatchObject([200, [{ name: 'crm' }, { name: 'desk' }]]);
    expect((await script.get(tokenPath('desk'))).status).toBe(200);
    expect((await script.get(tokenPath('books'))).status).toBe(404);
    script.stop();
    for (const page of ['/keys', '/events']) {
      const { status, text } = await person(app).visit(page);
      expect([status, text.includes('forty thousand'), text.length < 50_000]).toEqual([200, true, true]);
    }
  });

  it('open exactly what they are for: the whole matrix of keys, connections and calls', async () => {
    app.simulator.control.settings.refreshesPerWindow = 1000;
    const wrong: string[] = [];
    let asked = 0;
    for (const kind of kinds) {
      await app.server.store.db.deleteFrom('refreshes').execute();
      const script = program(app.url, await keyOf(kind));
      const calls = [...names, 'absent'].flatMap((name) => [
        ['show', name, 'GET', `/api/v1/connections/${name}`] as const,
        ['token', name, 'GET', tokenPath(name)] as const,
        ['refresh', name, 'POST', refreshPath(name)] as const,
      ]);
      for (const [call, name, method, path] of [
        ...calls,
        ['list', '', 'GET', '/api/v1/connections'] as const,
        ['metrics', '', 'GET', '/metrics'] as const,
      ]) {
        const { status, body } = await script.call(method, path);
        const listed = JSON.stringify(body['connections'] ?? []);
        const leaks =
          call === 'list' &&
          names.some((other) => listed.includes(`"name":"${other}"`) !== (kind.connections ?? names).includes(other));
        asked += 1;
        // After twenty failures in a minute an address is told to wait; that the key is refused is what counts.
        const same = status === expected(kind, call, name) || (status === 429 && kind.state !== 'good');
        if (!same || (status === 200 && leaks)) wrong.push(`${call} ${name} with ${JSON.stringify(kind)}: ${status}`);
      }
      script.stop();
    }
    expect(wrong).toEqual([]);
    expect(asked).toBe(kinds.length * 14);
  });

  it('answer alike for a connection that they do not open and one that does not exist', async () => {
    const script = program(app.url, await someKey(app.server.store, { connections: ['crm'] }));
    const strip = ({ status, headers, body }: Awaited<ReturnType<typeof script.get>>) => {
      const { date: _date, ...rest } = headers;
      return { status, headers: Object.keys(rest).toSorted(), body: { ...body, request_id: '' } };
    };
    for (const path of ['/api/v1/connections/NAME', '/api/v1/connections/NAME/token']) {
      const hidden = await script.get(path.replace('NAME', 'desk'));
      const absent = await script.get(path.replace('NAME', 'nope'));
      expect(strip(hidden)).toEqual(strip(absent));
      expect(hidden.text).not.toContain('desk');
    }
    script.stop();
  });

  it('are taken from headers only', async () => {
    app.advance(61);
    const key = await someKey(app.server.store);
    const nobody = program(app.url, null);
    const cookie = await nobody.get(tokenPath('crm'), { Cookie: `key=${key}` });
    expect(cookie.status).toBe(401);
    expect(cookie.headers['www-authenticate']).toBe('Bearer realm="Zoho Token Keeper"');
    expect((await nobody.get(tokenPath('crm'), { Authorization: `Basic ${key}` })).status).toBe(401);
    expect((await nobody.get(tokenPath('crm'), { Authorization: `bearer ${key}` })).status).toBe(200);
    nobody.stop();
  });

  it('are taken as Bearer, as Zoho-oauthtoken and as X-API-Key, from one place', async () => {
    app.advance(61);
    const [key, other] = [await someKey(app.server.store), await someKey(app.server.store)];
    const nobody = program(app.url, null);
    const statusWith = async (headers: OutgoingHttpHeaders, path = tokenPath('crm')) =>
      (await nobody.get(path, headers)).status;
    for (const scheme of ['Bearer', 'Zoho-oauthtoken', 'ZOHO-OAUTHTOKEN', 'zoho-oauthtoken']) {
      expect([scheme, await statusWith({ Authorization: `${scheme} ${key}` })]).toEqual([scheme, 200]);
    }
    const basic = 'Basic dXNlcjpwYXNzd29yZA==';
    expect(await statusWith({ 'X-API-Key': key })).toBe(200);
    expect(await statusWith({ 'X-API-Key': key }, '/metrics')).toBe(200);
    expect(await statusWith({ 'X-API-Key': key, Authorization: basic })).toBe(200);
    expect(await statusWith({ 'X-API-Key': key, Authorization: `Bearer ${key}` })).toBe(200);
    expect(await statusWith({ 'X-API-Key': other, Authorization: `Bearer ${key}` })).toBe(400);
    expect(await statusWith({ 'X-API-Key': [key, other] })).toBe(400);
    expect(await statusWith({ Authorization: [`Bearer ${key}`, `Bearer ${other}`] })).toBe(400);
    expect(await statusWith({ Authorization: basic })).toBe(401);
    const wrong = await nobody.get(tokenPath('crm'), { 'X-API-Key': 'zt_wrong' });
    expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([401, expect.stringContaining('invalid_token')]);
    nobody.stop();
  });

  it.each(['access_token', 'api_key', 'apikey', 'API_KEY'])(
    'are refused in the address as %s, which is recorded',
    async (parameter) => {
      app.advance(61);
      const key = await someKey(app.server.store);
      const script = program(app.url, key);
      const { status, body, text } = await script.get(tokenPath('crm', `?${parameter}=${key}`));
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('Authorization: Bearer') });
      expect(text).not.toContain(key);
      const { db } = app.server.store;
      const [event] = await db.selectFrom('events').selectAll().orderBy('at', 'desc').limit(1).execute();
      expect(event).toMatchObject({ action: 'secret_in_address', actor: 'unknown program' });
      expect(JSON.stringify(await db.selectFrom('events').selectAll().execute())).not.toContain(key);
      expect(app.logged.join('\n')).not.toContain(key);
      script.stop();
    },
  );

  it('that are wrong more than twenty times a minute get 429, while a right one from there still works', async () => {
    app.advance(61);
    const wrong = program(app.url, 'zt_not_a_key');
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 25; attempt++) statuses.push((await wrong.get(tokenPath('crm'))).status);
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)]);
    const blocked = await wrong.get(tokenPath('crm'));
    expect(blocked.body).toMatchObject({ code: 'too_many_failures' });
    expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(50);
    const right = program(app.url, await someKey(app.server.store));
    expect((await right.get(tokenPath('crm'))).status).toBe(200);
    app.advance(61);
    expect((await wrong.get(tokenPath('crm'))).status).toBe(401);
    wrong.stop();
    right.stop();
  });

  it('that ask for more than they may are recorded once an hour for each of both', async () => {
    const key = await someKey(app.server.store, { connections: ['crm'], rights: 'read' });
    const script = program(app.url, key);
    const asked = [tokenPath('desk'), tokenPath('books'), tokenPath('absent'), tokenPath('no%00name'), '/metrics'];
    for (const path of [...asked, ...asked]) expect((await script.get(path)).status).toBeGreaterThanOrEqual(403);
    expect((await script.post(refreshPath('crm'))).status).toBe(403);
    const { db } = app.server.store;
    const id = key.split('_')[1] ?? '';
    const rows = await db.selectFrom('events').selectAll().where('subject', '=', id).orderBy('at').execute();
    expect(rows.map(({ actor, action, detail }) => [actor, action, detail])).toEqual([
      ['test', 'api_key_created', null].map(() => expect.anything()),
      [`key ${id}`, 'access_refused', 'desk'],
      [`key ${id}`, 'right_refused', 'metrics'],
    ]);
    script.stop();
  });

  it('expire when they said, and stop at once when revoked', async () => {
    const { store } = app.server;
    const short = await someKey(store, { days: 1 });
    const script = program(app.url, short);
    expect((await script.get('/api/v1/connections')).status).toBe(200);
    const row = await store.db
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', short.split('_')[1] ?? '')
      .executeTakeFirst();
    expect(row?.last_used_at).toEqual(expect.any(String));
    app.advance(24 * 3600);
    const { status, body } = await script.get('/api/v1/connections');
    expect(status).toBe(401);
    expect(body['detail']).toContain('expired');
    script.stop();
  });

  it('are stored as a digest of their secret only', async () => {
    const key = await someKey(app.server.store);
    const [, , secret = ''] = /^zt_([a-z0-9]{10})_(.{43})_.{6}$/.exec(key) ?? [];
    const rows = await app.server.store.db.selectFrom('api_keys').selectAll().execute();
    const hash = createHash('sha256').update(secret).digest('base64url');
    expect(rows.some((row) => row.secret_digest === hash)).toBe(true);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});
