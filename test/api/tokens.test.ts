import { inProcess, type TestApp } from '../support/start';
import { person, someName } from '../support/person';
import { program, type Program, refreshCount, refreshPath, someKey, tokenPath } from '../support/program';

describe('tokens for programs', () => {
  let app: TestApp;
  let script: Program;
  let name: string;
  let refreshes: () => number;
  beforeAll(async () => {
    app = await inProcess();
    script = program(app.url, await someKey(app.server.store));
  });
  afterAll(async () => {
    script.stop();
    await app.stop();
  });
  beforeEach(async () => {
    app.advance(3700); // Past all windows of the tests before.
    app.simulator.control.faults.clearFaults();
    name = someName();
    await person(app).connect({ name });
    refreshes = refreshCount(app.simulator.control);
    app.simulator.control.clearRequests();
  });

  it('serves the stored token with all that a script needs, without asking Zoho', async () => {
    const { status, headers, body } = await script.get(tokenPath(name));
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['set-cookie']).toBeUndefined();
    expect(body).toEqual({
      access_token: expect.stringMatching(/^1000\./),
      token_type: 'Bearer',
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      expires_in: expect.any(Number),
      api_domain: app.simulator.urls.us,
      scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ', 'ZohoCRM.org.READ', 'AaaServer.profile.Read'],
      connection: name,
    });
    expect(body['expires_in']).toBeGreaterThan(3500);
    expect(body['expires_in']).toBeLessThanOrEqual(3600);
    expect(app.simulator.control.count()).toBe(0);
  });

  it('gives the bare token to whoever accepts plain text', async () => {
    const json = await script.get(tokenPath(name));
    const plain = await script.get(tokenPath(name), { Accept: 'text/plain' });
    expect(plain.headers['content-type']).toMatch(/^text\/plain/);
    expect(plain.text).toBe(json.body['access_token']);
    expect(plain.headers.vary).toBe('Accept');
  });

  it.each(['text/plain; charset=utf-8', 'text/plain;charset="UTF-8"', 'text/plain;charset=us-ascii;q=0.9'])(
    'gives the bare token to whoever accepts %s',
    async (accepted) => {
      const { text } = await script.get(tokenPath(name), { Accept: accepted });
      expect(text).toMatch(/^1000\.\S+$/);
    },
  );

  it('gives JSON to whoever accepts both, or neither', async () => {
    for (const accepted of ['application/json, text/plain;charset=utf-8', '*/*', 'image/png']) {
      expect((await script.get(tokenPath(name), { Accept: accepted })).text).toMatch(/^\{/);
    }
  });

  it('gives a token that Zoho takes', async () => {
    const { body } = await script.get(tokenPath(name));
    const url = `${app.simulator.urls.us}/oauth/user/info`;
    const answer = await fetch(url, { headers: { Authorization: `Zoho-oauthtoken ${String(body['access_token'])}` } });
    expect(answer.status).toBe(200);
  });

  it('refreshes when the token lives shorter than asked, and only then', async () => {
    app.advance(1000);
    const first = await script.get(tokenPath(name, '?min_ttl=2500'));
    expect(refreshes()).toBe(0);
    const second = await script.get(tokenPath(name, '?min_ttl=2700'));
    expect(refreshes()).toBe(1);
    expect(second.body['access_token']).not.toBe(first.body['access_token']);
    expect(second.body['expires_in']).toBeGreaterThanOrEqual(3590);
  });

  it.each(['3001', '-1', '1.5', '', 'soon', '1e3', '0x10', '60&min_ttl=60'])(
    'refuses min_ttl=%s without repeating it',
    async (value) => {
      const { status, body, headers } = await script.get(tokenPath(name, `?min_ttl=${value}`));
      expect(status).toBe(400);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({ status: 400, code: 'invalid_request', detail: expect.stringContaining('min_ttl') });
      if (value.length > 2) expect(JSON.stringify(body)).not.toContain(value);
    },
  );

  it('serves what is left of a token while Zoho is down, and says how little that is when more was asked for', async () => {
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: 10 });
    app.advance(3570);
    const settled = await script.get(tokenPath(name));
    expect(settled.status).toBe(200);
    expect(settled.body['expires_in']).toBeLessThanOrEqual(30);
    const strict = await script.get(tokenPath(name, '?min_ttl=60'));
    expect(strict.status).toBe(503);
    expect(strict.body).toMatchObject({ code: 'zoho_unavailable', expires_in: settled.body['expires_in'] });
    expect(Number(strict.headers['retry-after'])).toBeGreaterThan(0);
    app.advance(31);
    const over = await script.get(tokenPath(name));
    expect(over.status).toBe(503);
    expect(over.body).toMatchObject({ code: 'zoho_unavailable', expires_in: 0 });
  });

  it('answers 429 with the time to wait and the life of the stored token once the budget is used up', async () => {
    for (let round = 0; round < 8; round++) expect((await script.post(refreshPath(name))).status).toBe(200);
    const { status, headers, body } = await script.post(refreshPath(name));
    expect(status).toBe(429);
    expect(body).toMatchObject({ code: 'throttled', status: 429 });
    expect(body['expires_in']).toBeGreaterThan(3500);
    expect(Number(headers['retry-after'])).toBeGreaterThan(500);
    expect(body['retry_after']).toBe(Number(headers['retry-after']));
    expect((await script.get(tokenPath(name))).status).toBe(200);
    expect(refreshes()).toBe(8);
    app.advance(Number(headers['retry-after']));
    expect((await script.post(refreshPath(name))).status).toBe(200);
    expect(app.simulator.control.throttled()).toBe(0);
  });

  it('says that a revoked connection has to be reconnected, once Zoho has said so twice', async () => {
    const user = app.simulator.control.users()[0];
    app.simulator.control.removeApp(user?.zuid ?? 0, app.config.client?.id ?? '');
    app.advance(3600);
    expect((await script.get(tokenPath(name))).status).toBe(409);
    app.advance(61);
    const { status, body } = await script.get(tokenPath(name));
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'needs_reconnect', expires_in: 0 });
    expect((await script.get(`/api/v1/connections/${name}`)).body['status']).toBe('needs_reconnect');
  });

  it('does not ask Zoho again and again when its tokens are short-lived', async () => {
    app.simulator.control.settings.accessTokenLife = 1200;
    try {
      app.advance(3600);
      for (let round = 0; round < 20; round++) {
        const { status, body } = await script.get(tokenPath(name, '?min_ttl=3000'));
        expect(status).toBe(400);
        expect(body['expires_in']).toBeGreaterThan(1100);
      }
      expect((await script.get(tokenPath(name))).status).toBe(200);
      expect(refreshes()).toBe(1);
    } finally {
      app.simulator.control.settings.accessTokenLife = 3600;
    }
  });

  describe('when its tokens are short-lived', () => {
    function live(seconds: number): void {
      app.simulator.control.settings.accessTokenLife = seconds;
    }
    beforeEach(async () => {
      live(1200);
      app.advance(3600);
      await script.get(tokenPath(name));
      app.simulator.control.clearRequests();
    });
    afterEach(() => live(3600));

    it('refreshes once when a new one lives as long as asked for', async () => {
      app.advance(150);
      for (let round = 0; round < 5; round++) {
        const { status, body } = await script.get(tokenPath(name, '?min_ttl=1100'));
        expect([status, refreshes()]).toEqual([200, 1]);
        expect(body['expires_in']).toBeGreaterThanOrEqual(1100);
      }
    });

    it('says so when a new one lives shorter than the one before', async () => {
      app.advance(150);
      live(600);
      for (let round = 0; round < 5; round++) {
        expect((await script.get(tokenPath(name, '?min_ttl=1100'))).status).toBe(400);
        app.advance(5);
      }
      expect(refreshes()).toBe(1);
    });

    it('leaves half of the budget to others however close to a whole life programs ask', async () => {
      const statuses: number[] = [];
      for (let round = 0; round < 10; round++) {
        app.advance(20);
        statuses.push((await script.get(tokenPath(name, '?min_ttl=1190'))).status);
      }
      // The one with which this began counts as well.
      expect(refreshes()).toBe(3);
      expect(statuses.slice(0, 4)).toEqual([200, 200, 200, 429]);
      const refused = await script.get(tokenPath(name, '?min_ttl=1190'));
      expect(refused.body['detail']).toContain('the one that is stored is almost new');
      expect((await script.post(refreshPath(name))).status).toBe(200);
    });

    it('gives min_ttl=3000 of tokens that live 3599 seconds', async () => {
      live(3599);
      app.advance(1200);
      await script.get(tokenPath(name));
      app.advance(599);
      const { status, body } = await script.get(tokenPath(name, '?min_ttl=3000'));
      expect([status, refreshes()]).toEqual([200, 2]);
      expect(body['expires_in']).toBeGreaterThanOrEqual(3000);
    });
  });

  it('refreshes again after exactly the time that a failed refresh names', async () => {
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503' });
    const failed = await script.post(refreshPath(name));
    app.advance(Number(failed.headers['retry-after']));
    expect((await script.post(refreshPath(name))).status).toBe(200);
  });

  it('notes when a connection and a key were last used', async () => {
    await script.get(tokenPath(name));
    const { db } = app.server.store;
    const connection = await db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst();
    expect(connection?.used_at).toEqual(expect.any(String));
    const events = await db.selectFrom('events').selectAll().where('subject', '=', name).execute();
    const taken = events.filter((event) => event.action === 'token_taken');
    expect(taken).toHaveLength(1);
    expect(taken[0]?.actor).toMatch(/^key [a-z0-9]{10}$/);
  });
});
