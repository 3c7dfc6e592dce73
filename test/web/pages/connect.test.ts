import { inProcess, type TestApp } from '../../support/start';
import { recentEvents } from '../../support/events';
import { testClient } from '../../support/site';
import { pathOf, person, someName } from '../../support/person';

describe('connecting Zoho', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
  });
  afterAll(() => app.stop());
  beforeEach(() => {
    app.advance(601); // Zoho gives out ten grant codes in ten minutes.
    app.simulator.control.clearRequests();
  });

  it('sends the browser to the consent page with all that Zoho needs', async () => {
    const response = await person(app).submit('/connect', {
      name: someName(),
      scopes: 'ZohoCRM.org.READ,Desk.basic.READ',
    });
    expect(response.status).toBe(303);
    const url = new URL(response.headers['location'] as string);
    expect(url.origin).toBe(app.simulator.urls.us);
    expect(url.pathname).toBe('/oauth/v2/auth');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      scope: 'ZohoCRM.org.READ,Desk.basic.READ',
      client_id: testClient.id,
      response_type: 'code',
      access_type: 'offline',
      prompt: 'consent',
      redirect_uri: `${app.url}/oauth/callback`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  it('takes the scopes as the page of a connection lists them', async () => {
    const someone = person(app);
    const name = someName();
    const crm = ['modules', 'settings', 'users', 'org', 'bulk', 'notifications'].map((part) => `ZohoCRM.${part}.ALL`);
    const scopes = [...crm, 'Desk.basic.READ', 'AaaServer.profile.Read'];
    await someone.connect({ name, scopes: scopes.join('\n') });
    const { text } = await someone.visit(`/connections/${name}`);
    const [, list = ''] = /<summary>The scopes, as Zoho writes them<\/summary>(.*?)<\/details>/s.exec(text) ?? [];
    for (const copied of [list, list.replace(/<[^>]*>/g, ''), list.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')]) {
      const response = await someone.submit('/connect', { name: someName(), scopes: copied });
      const asked = new URL(response.headers['location'] as string).searchParams.get('scope')?.split(',');
      expect(asked?.toSorted()).toEqual(scopes.toSorted());
    }
  });

  it('exchanges the code at the user’s data centre with the secret in the body only', async () => {
    const name = someName();
    const page = await person(app).connect({ name, userIn: 'eu' });
    expect(page.text).toContain(`“${name}” is connected.`);
    const [exchange, ...more] = app.simulator.control.requests({ endpoint: 'exchange' });
    expect(more).toEqual([]);
    expect(exchange).toMatchObject({ dataCenter: 'eu', method: 'POST', query: {} });
    expect(exchange?.form).toMatchObject({
      grant_type: 'authorization_code',
      client_id: testClient.id,
      client_secret: testClient.secret,
      redirect_uri: `${app.url}/oauth/callback`,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('shows the new connection with its data centre, API domain and Zoho user', async () => {
    const name = someName();
    const someone = person(app);
    await someone.connect({ name, userIn: 'in' });
    const { text } = await someone.visit(`/connections/${name}`);
    const user = app.simulator.control.users().find((known) => known.dataCenter === 'in');
    expect(text).toContain('Active');
    expect(text).toContain('India');
    expect(text).toContain(app.simulator.urls.in);
    expect(text).toContain(user?.email);
  });

  it('calls the first connection default and finds further names when none is typed', async () => {
    const someone = person(app);
    expect((await someone.connect()).text).toContain('“default” is connected.');
    expect((await someone.connect()).text).toContain('“default-2” is connected.');
  });

  it('takes a person who declines with a friendly sentence and asks Zoho nothing', async () => {
    const page = await person(app).connect({ name: someName(), accept: false });
    expect(page.status).toBe(200);
    expect(page.text).toContain('You declined at Zoho');
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(0);
  });

  it('exchanges a code once however often the callback is loaded', async () => {
    const name = someName();
    const someone = person(app);
    const callback = pathOf(await someone.consent({ name }));
    const pages = await Promise.all(Array.from({ length: 50 }, () => someone.visit(callback)));
    pages.push(await someone.visit(callback));
    expect(pages.map((page) => page.status)).toEqual(pages.map(() => 200));
    expect(pages.filter((page) => /was not|refused the grant code/.test(page.text))).toEqual([]);
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(1);
    expect((await someone.visit(`/connections/${name}`)).status).toBe(200);
  });

  it('refuses a callback whose state is missing, unknown, repeated or of another browser', async () => {
    const someone = person(app);
    const callback = new URL(await someone.consent({ name: someName() }));
    const { search } = callback;
    const state = callback.searchParams.get('state') ?? '';
    const cases: [string, number][] = [
      [search.replace(`state=${state}`, 'x=y'), 400],
      [search.replace(state, ''), 400],
      [search.replace(state, 'A'.repeat(43)), 400],
      [search.replace(state, 'A'.repeat(10_000)), 400],
      [`${search}state=${state}`, 400],
    ];
    for (const [query, status] of cases) {
      expect((await someone.visit(`/oauth/callback${query}`)).status).toBe(status);
    }
    const stranger = person(app);
    await stranger.visit('/');
    expect((await stranger.visit(pathOf(callback.href))).status).toBe(403);
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(0);
    const events = await recentEvents(app.server.store, 10);
    const refused = events.filter(({ action }) => action === 'callback_refused').map(({ detail }) => detail);
    expect(refused).toEqual(['foreign_state', ...Array(4).fill('unknown_state')]);
    expect((await someone.visit(pathOf(callback.href))).text).toContain('is connected.');
  });

  it.each([
    ['an unknown location and no accounts server', /location=us&accounts-server=[^&]*/, 'location=xx'],
    [
      'an unknown location and a foreign accounts server',
      /location=us.*/,
      'location=xx&accounts-server=https%3A%2F%2Fevil.test',
    ],
    ['a location in capitals that is another one', 'location=us', 'location=EU'],
    ['a foreign accounts server', /accounts-server=[^&]*/, 'accounts-server=https%3A%2F%2Faccounts.zoho.com.evil.test'],
    ['an accounts server of another data centre', 'location=us', 'location=eu'],
    ['a repeated location', 'location=us', 'location=us&location=us'],
    ['no code', /code=[^&]*/, ''],
  ])('refuses a callback with %s and sends no secret anywhere', async (_what, from, to) => {
    const someone = person(app);
    const callback = pathOf(await someone.consent({ name: someName(), userIn: 'us' }));
    const response = await someone.visit(callback.replace(from, to));
    expect(response.status).toBe(400);
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(0);
  });

  it.each([
    ['uae', null],
    ['US', null],
    ['com', null],
    ['', null],
    ['us', 'https://accounts.zoho.com:443'],
    ['us1', 'https://accounts.zoho.com:443/'],
  ])('takes a callback with location=%s and accounts-server=%s of our table', async (location, server) => {
    const someone = person(app);
    const callback = new URL(await someone.consent({ name: someName(), userIn: 'us' }));
    callback.searchParams.set('location', location);
    if (server !== null) callback.searchParams.set('accounts-server', server);
    expect((await someone.visit(pathOf(callback.href))).text).toContain('is connected.');
  });

  it('uses the data centre of the form when the callback names none', async () => {
    const someone = person(app);
    const callback = pathOf(await someone.consent({ name: someName(), userIn: 'us' }));
    const bare = callback.replace(/&location=us/, '').replace(/&accounts-server=[^&]*/, '&error=');
    expect((await someone.visit(bare)).text).toContain('is connected.');
  });

  it('keeps what is stored when a reconnect brings no refresh token, and says why', async () => {
    const someone = person(app);
    const name = someName();
    await someone.connect({ name });
    app.simulator.control.faults.inject({ endpoint: 'exchange', kind: 'no_refresh_token' });
    const before = app.simulator.control.livingRefreshTokens(testClient.id).length;
    const away = await someone.submit(`/connections/${name}/reconnect`);
    const page = await someone.visit(pathOf(app.simulator.control.authorize(away.headers['location'] as string)));
    expect(page.text).toContain('no refresh token');
    await someone.submit(`/connections/${name}/refresh`);
    expect((await someone.visit('/')).text).not.toContain('was not refreshed');
    expect(app.simulator.control.livingRefreshTokens(testClient.id).length).toBeGreaterThanOrEqual(before);
  });

  it('revokes the replaced refresh token after a reconnect', async () => {
    const someone = person(app);
    const name = someName();
    await someone.connect({ name });
    const before = app.simulator.control.livingRefreshTokens(testClient.id).length;
    const away = await someone.submit(`/connections/${name}/reconnect`);
    const page = await someone.visit(pathOf(app.simulator.control.authorize(away.headers['location'] as string)));
    expect(page.text).toContain(`“${name}” is connected again.`);
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(app.simulator.control.livingRefreshTokens(testClient.id)).toHaveLength(before);
  });

  it('leaves a connection as it is when somebody else consents at the reconnect', async () => {
    const someone = person(app);
    const name = someName();
    await someone.connect({ name, userIn: 'us' });
    const away = await someone.submit(`/connections/${name}/reconnect`);
    const other = app.simulator.control.users().find((user) => user.dataCenter === 'eu');
    const choice = other ? { zuid: other.zuid } : {};
    const page = await someone.visit(
      pathOf(app.simulator.control.authorize(away.headers['location'] as string, choice)),
    );
    expect(page.text).toContain('Somebody else than before');
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect((await someone.visit(`/connections/${name}`)).text).toContain('United States');
  });

  it.each([
    ['name', 'With Capitals', 'Use 1 to 64'],
    ['scopes', 'ZohoCRM.modules.ALL and Desk', 'This has “and”, which is no scope. Separate scopes by commas'],
    ['data_center', 'xx', 'Choose one of the list'],
  ])('shows the form again with the reason and what was typed for a bad %s', async (field, value, reason) => {
    const response = await person(app).submit('/connect', { [field]: value });
    expect(response.status).toBe(400);
    expect(response.text).toContain(reason);
    if (field !== 'data_center') expect(response.text).toContain(value);
  });
});
