import { inProcess, type TestApp } from '../support/start';
import { person } from '../support/person';
import { program, type Program, someKey, tokenPath } from '../support/program';

describe('calls of programs', () => {
  let app: TestApp;
  let script: Program;
  beforeAll(async () => {
    app = await inProcess();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await person(app).connect({ name });
    script = program(app.url, await someKey(app.server.store));
  });
  afterAll(async () => {
    script.stop();
    await app.stop();
  });

  it('list all connections page by page, each once', async () => {
    const seen: unknown[] = [];
    let after = '';
    for (let page = 0; page < 5; page++) {
      const { body } = await script.get(`/api/v1/connections?limit=2${after}`);
      const { connections, next } = body;
      if (Array.isArray(connections)) seen.push(...connections.map((connection: { name: string }) => connection.name));
      if (typeof next !== 'string') break;
      after = `&after=${next}`;
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'after=NOT A NAME', 'limit=1&limit=2'])('refuse ?%s', async (query) => {
    const { status, body } = await script.get(`/api/v1/connections?${encodeURI(query)}`);
    expect(status).toBe(400);
    expect(body['code']).toBe('invalid_request');
  });

  it('show a connection without any token', async () => {
    const { body, text } = await script.get('/api/v1/connections/a');
    const user = app.simulator.control.users()[0];
    expect(body).toMatchObject({
      name: 'a',
      status: 'active',
      data_center: 'us',
      user: { zuid: String(user?.zuid), email: user?.email },
      problem: null,
      budget: { used: 0, limit: 8, next_at: null },
    });
    for (const { value } of app.simulator.control.minted()) expect(text).not.toContain(value);
  });

  it('show what is wrong with a connection, and when it can be refreshed again', async () => {
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'access_denied' });
    await script.post('/api/v1/connections/b/refresh');
    const { body } = await script.get('/api/v1/connections/b');
    expect(body).toMatchObject({ status: 'throttled', problem: { code: 'throttled', detail: expect.any(String) } });
    expect(body['budget']).toMatchObject({ used: 1 });
  });

  it('answer unknown addresses and methods as problems, with a key or without', async () => {
    const nobody = program(app.url, null);
    for (const someone of [script, nobody]) {
      const unknown = await someone.get('/api/v2/<script>');
      expect(unknown.status).toBe(404);
      expect(unknown.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(unknown.text).not.toContain('script');
      const wrong = await someone.call('DELETE', tokenPath('a'));
      expect(wrong.status).toBe(405);
      expect(wrong.headers.allow).toBe('GET, HEAD');
      expect(wrong.body['code']).toBe('method_not_allowed');
      expect((await someone.get('/api/v1/connections/a/refresh')).headers.allow).toBe('POST');
    }
    nobody.stop();
  });

  it('answer other methods for /healthz and /readyz in the same way', async () => {
    const nobody = program(app.url, null);
    for (const path of ['/healthz', '/readyz']) {
      const { status, headers, body } = await nobody.post(path);
      expect([status, headers.allow, body['code']]).toEqual([405, 'GET, HEAD', 'method_not_allowed']);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect((await nobody.call('HEAD', path)).status).toBe(200);
    }
    nobody.stop();
  });

  it('answer a host name that is not ours, and a broken address, as a problem too', async () => {
    const foreign = await script.get('/api/v1/connections', { Host: 'evil.test' });
    expect(foreign.status).toBe(421);
    expect(foreign.headers['content-type']).toMatch(/^application\/problem\+json/);
    const broken = await script.get('/api/v1/connections/%E0%A4%A');
    expect(broken.status).toBe(400);
    expect(broken.body['code']).toBe('invalid_request');
  });

  it('name each failed request, and log those that are our own fault under that name', async () => {
    const { store } = app.server;
    await store.db.schema.alterTable('refreshes').renameTo('hidden').execute();
    const { status, body, text } = await script.get('/metrics');
    await store.db.schema.alterTable('hidden').renameTo('refreshes').execute();
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'internal_error', request_id: expect.any(String) });
    expect(text).not.toContain('refreshes');
    expect(app.logged.some((line) => line.includes(String(body['request_id'])))).toBe(true);
  });

  it('count connections, refreshes and token requests for Prometheus', async () => {
    const before = count((await script.get('/metrics')).text);
    await script.get(tokenPath('a'));
    await script.get(tokenPath('nobody'));
    // What the database said is kept for five seconds.
    app.advance(5);
    const { headers, text } = await script.get('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(count(text)).toBe(before + 1);
    expect(text).toContain('zoho_token_keeper_connections{status="active"} 4');
    expect(text).toContain('zoho_token_keeper_connections{status="throttled"} 1');
    expect(text).toContain('zoho_token_keeper_refreshes{result="throttled",requested_by="program"} 1');
    expect(text).toMatch(/zoho_token_keeper_token_requests_total\{result="not_found"\} [1-9]/);
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e-]+)$/);
  });

  it('tell whether the database can be written, asking it at most every five seconds', async () => {
    const nobody = program(app.url, null);
    const { store } = app.server;
    expect(await nobody.get('/readyz')).toMatchObject({ status: 200, text: 'ready' });
    await store.db.schema.alterTable('meta').renameTo('hidden').execute();
    expect((await nobody.get('/readyz')).status).toBe(200);
    app.advance(6);
    expect(await nobody.get('/readyz')).toMatchObject({ status: 503, text: 'not ready' });
    await store.db.schema.alterTable('hidden').renameTo('meta').execute();
    app.advance(6);
    expect((await nobody.get('/readyz')).status).toBe(200);
    nobody.stop();
  });
});

function count(text: string): number {
  return Number(/token_requests_total\{result="ok"\} (\d+)/.exec(text)?.[1]);
}
