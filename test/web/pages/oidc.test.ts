import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import supertest from 'supertest';
import type { Process } from '../../support/process';
import { asProcess, type ProcessSite, runCommand } from '../../support/start';
import { type Account, type Forgery, oidcClient, type OidcProvider, oidcProvider } from '../../support/oidc-provider';

// The library is an ES module, which Jest cannot load, so the compiled program runs in a process of its own.
describe.each(['client_secret_basic', 'client_secret_post'] as const)('signing in by %s', (method) => {
  let provider: OidcProvider;
  let site: ProcessSite;
  let running: Process;
  let url: string;

  beforeAll(async () => {
    provider = await oidcProvider(method);
    site = await asProcess({
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: oidcClient.id,
      OIDC_CLIENT_SECRET: oidcClient.secret,
      OIDC_ALLOWED_EMAILS: 'Maria@example.com, mark@example.com, @team.example.org',
    });
    url = site.url;
    running = await site.serve();
  });
  afterAll(async () => {
    await site.stop();
    await provider.stop();
  });

  type Browser = ReturnType<typeof supertest.agent>;

  /** Presses the link on the login page, and returns where it leads. */
  async function leave(browser: Browser, address = '/login'): Promise<string> {
    const page = await browser.get(address);
    expect(page.text).toContain(`Sign in with ${new URL(provider.issuer).host}`);
    const answer = await browser.get(/href="(\/login\/oidc[^"]*)"/.exec(page.text)?.[1] ?? '');
    expect(answer.status).toBe(303);
    return answer.headers['location'] ?? '';
  }

  /** The whole way; returns where the browser stands at the end, and what it sees. */
  async function signIn(account: Account, forgery?: Forgery, browser: Browser = supertest.agent(url)) {
    const callback = provider.authorize(await leave(browser), account, forgery);
    return arrive(browser, callback);
  }

  async function arrive(browser: Browser, callback: string) {
    const answer = await browser.get(callback.slice(url.length));
    expect(answer.status).toBe(303);
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    const { location = '' } = answer.headers;
    // A newcomer's dashboard leads to the setup page.
    return { location, text: (await browser.get(location).redirects(1)).text, browser };
  }

  it('sends the browser to the provider with PKCE, state and nonce', async () => {
    const address = new URL(await leave(supertest.agent(url)));
    expect(address.origin + address.pathname).toBe(`${provider.issuer}/authorize`);
    expect(Object.fromEntries(address.searchParams)).toEqual({
      client_id: oidcClient.id,
      response_type: 'code',
      redirect_uri: `${url}/login/callback`,
      scope: 'openid email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  it.each([
    ['an address on the list, whatever its case', { email: 'MARIA@example.com' }, {}],
    ['anybody of a domain on the list', { email: 'new@team.example.org' }, {}],
    ['an address that only the userinfo endpoint tells', { email: 'maria@example.com' }, { withoutEmail: true }],
    ['an address verified in so many letters', { email: 'maria@example.com', verified: 'true' }, {}],
  ])('lets %s in, under that name', async (_who, account, forgery) => {
    const { location, text, browser } = await signIn(account, forgery);
    expect(location).toBe('/');
    expect(text).toContain('Sign out');
    const { text: events } = await browser.get('/events.jsonl?action=signed_in');
    expect(JSON.parse(events.split('\n')[0] ?? '')).toMatchObject({
      actor: account.email.toLowerCase(),
      detail: 'oidc',
    });
  });

  it.each([
    ['an address that is not on the list', { email: 'eve@example.com' }, {}, 'not_allowed'],
    ['a domain that ends like one on the list', { email: 'eve@evil-team.example.org' }, {}, 'not_allowed'],
    ['a domain below one on the list', { email: 'eve@a.team.example.org' }, {}, 'not_allowed'],
    ['two addresses in one', { email: 'eve@team.example.org@evil.test' }, {}, 'not_allowed'],
    ['an unverified address', { email: 'maria@example.com', verified: false }, {}, 'unverified'],
    ['an address that only looks like one on the list', { email: 'mar\u212A@example.com' }, {}, 'not_allowed'],
    [
      'an address with a letter that turns the rest around',
      { email: 'm\u202Eria@team.example.org' },
      {},
      'not_allowed',
    ],
    ['an answer without end', { email: 'maria@example.com' }, { padding: 300_000 }, 'provider_refused'],
    ['a token for another sign-in', { email: 'maria@example.com' }, { nonce: 'another' }, 'provider_refused'],
    ['a token for another program', { email: 'maria@example.com' }, { aud: 'another' }, 'provider_refused'],
    ['a token of another issuer', { email: 'maria@example.com' }, { iss: 'https://evil.test' }, 'provider_refused'],
    ['an old token', { email: 'maria@example.com' }, { exp: 1_700_000_000 }, 'provider_refused'],
    ['a token that somebody else signed', { email: 'maria@example.com' }, { strangeKey: true }, 'provider_refused'],
  ])('keeps %s out, and says why', async (_who, account, forgery, because) => {
    const { location, text, browser } = await signIn(account, forgery);
    expect(location).toBe(`/login?because=${because}`);
    expect(text).toContain('class="notice bad"');
    expect((await browser.get('/')).headers['location']).toBe('/login');
  });

  it('leads on to the page that was asked for, also when the first try is refused, and never elsewhere', async () => {
    const browser = supertest.agent(url);
    const asked = await browser.get('/events?actor=keeper&action=signed_in');
    const refused = await arrive(
      browser,
      provider.authorize(await leave(browser, asked.headers['location']), { email: 'eve@example.com' }),
    );
    expect(refused.location).toMatch(/^\/login\?because=not_allowed&next=%2Fevents/);
    const callback = provider.authorize(await leave(browser, refused.location), { email: 'maria@example.com' });
    expect((await arrive(browser, callback)).location).toBe('/events?actor=keeper&action=signed_in');

    const other = supertest.agent(url);
    const lured = provider.authorize(await leave(other, '/login?next=//evil.test'), { email: 'maria@example.com' });
    expect((await arrive(other, lured)).location).toBe('/');
    const direct = await supertest(url).get('/login/oidc?next=/%5Cevil.test');
    expect(direct.status).toBe(303);
  });

  it('refuses another account with the same address until whoever runs the Keeper has forgotten the first', async () => {
    const email = 'shared@team.example.org';
    expect((await signIn({ email, sub: 'first' })).location).toBe('/');
    const { location, text } = await signIn({ email, sub: 'second' });
    expect(location).toBe('/login?because=another_account');
    expect(text).toContain('accounts forget');
    expect((await signIn({ email, sub: 'first' })).location).toBe('/');
    const { code, stdout } = await runCommand(site, ['accounts', 'forget', 'Shared@team.example.org']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('decides which account it is')]);
    expect((await signIn({ email, sub: 'second' })).location).toBe('/');
    expect((await signIn({ email, sub: 'first' })).location).toBe('/login?because=another_account');
    const unknown = await runCommand(site, ['accounts', 'forget', 'nobody@example.com']);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('Nobody has signed in as')]);
  });

  it('takes an answer only in the browser that asked, and only once', async () => {
    const [one, other] = [supertest.agent(url), supertest.agent(url)];
    const callback = provider.authorize(await leave(one), { email: 'maria@example.com' });
    await leave(other);
    const before = provider.exchanges.length;
    for (const stranger of [supertest.agent(url), other]) {
      expect((await arrive(stranger, callback)).location).toBe('/login?because=foreign');
    }
    expect(provider.exchanges).toHaveLength(before);
    expect((await arrive(one, callback)).location).toBe('/');
    await one.get('/');
    expect((await arrive(supertest.agent(url), callback)).location).toBe('/login?because=foreign');
    expect((await arrive(one, callback)).location).toBe('/login?because=foreign');
    expect(provider.exchanges).toHaveLength(before + 1);
  });

  it('writes nothing into the database before somebody is known', async () => {
    const before = rows();
    await leave(supertest.agent(url));
    await supertest(url).get('/');
    expect(rows()).toBe(before);
    await signIn({ email: 'maria@example.com' });
    expect(rows()).toBeGreaterThan(before);
  });

  function rows(): number {
    const database = new BetterSqlite(join(site.folder, 'keeper.db'), { readonly: true });
    const count = (table: string) => database.prepare<[], number>(`select count(*) from ${table}`).pluck().get() ?? 0;
    const sum = count('sessions') + count('events') + count('failed_sign_ins');
    database.close();
    return sum;
  }

  it('takes somebody who cancels calmly', async () => {
    const browser = supertest.agent(url);
    const state = new URL(await leave(browser)).searchParams.get('state') ?? '';
    const { text } = await arrive(browser, `${url}/login/callback?error=access_denied&state=${state}`);
    expect(text).toContain('The sign-in was cancelled at the provider.');
  });

  it('says that the provider cannot be reached, and goes on when it can', async () => {
    const browser = supertest.agent(url);
    const callback = provider.authorize(await leave(browser), { email: 'maria@example.com' });
    await provider.stop();
    const { text } = await arrive(browser, callback);
    expect(text).toContain('The provider could not be reached');
    await provider.start();
    expect((await signIn({ email: 'maria@example.com' })).location).toBe('/');
  });

  it('has told the log kinds of failures, and no secret', () => {
    const lines = running.written();
    expect(lines).toContain('the sign-in provider refused');
    expect([...provider.secrets, oidcClient.secret].filter((secret) => lines.includes(secret))).toEqual([]);
  });

  it('offers no password, since none is set', async () => {
    const browser = supertest.agent(url);
    expect((await browser.get('/login')).text).not.toContain('type="password"');
    const answer = await browser
      .post('/login')
      .set('Sec-Fetch-Site', 'same-origin')
      .type('form')
      .send({ password: '' });
    expect(answer.status).toBe(401);
    expect((await browser.get('/')).headers['location']).toBe('/login');
  });
});
