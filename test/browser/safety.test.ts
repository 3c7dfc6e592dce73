import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { startApp, type TestApp } from '../support/app';
import { pathOf, person, someName } from '../support/person';
import { connect, press, see, startBrowser, type TestBrowser } from './support';

const password = 'correct horse battery staple';

let browser: TestBrowser;
let app: TestApp;
beforeAll(async () => {
  // Names that belong to this computer in this browser only: an attacker's, and one as in an office network.
  browser = await startBrowser(['--host-resolver-rules=MAP *.test 127.0.0.1, MAP *.lan 127.0.0.1']);
});
afterAll(() => browser.stop());
afterEach(async () => {
  await browser.endVisits();
  await app.stop();
});

describe('words from outside', () => {
  const run = 'window.ran=1;alert(1)';
  const payloads = [
    `<script>${run}</script>`,
    `"><script>${run}</script>`,
    `'><script>${run}</script>`,
    `</title><script>${run}</script>`,
    `</textarea><script>${run}</script>`,
    `</option></select><script>${run}</script>`,
    `<img src=x onerror="${run}">`,
    `"><img src=x onerror=${run}>`,
    `<svg onload="${run}">`,
    `<svg><script>${run}</script></svg>`,
    `" autofocus onfocus="${run}" x="`,
    `' autofocus onfocus='${run}' x='`,
    `" onmouseover=${run} "`,
    `<details open ontoggle="${run}">`,
    `<iframe srcdoc="<script>parent.ran=1</script>"></iframe>`,
    `<a href="javascript:${run}" id="said">x</a>`,
    `<math><mtext></form><form><mglyph><style></math><img src onerror=${run}>`,
    `<%= process.env %><%- '<script>${run}</script>' %>`,
    `-->\u2028<script>${run}</script>`,
    `&lt;script&gt;${run}&lt;/script&gt;`,
    `\u0000<scr\u0000ipt>${run}</scr\u0000ipt>`,
    `<base href="//evil.test/">`,
    `<meta http-equiv="refresh" content="0;url=//evil.test/">`,
    `<style>@import "//evil.test/"</style>`,
  ];

  beforeEach(async () => {
    app = await startApp();
    const { control } = app.simulator;
    const someone = person(app);
    for (const [index, payload] of payloads.entries()) {
      if (index % 8 === 0) app.advance(601); // Zoho gives out ten grant codes in ten minutes.
      const [zuid, email] = [9_000_000 + index, `${payload}@example.com`];
      const names = { firstName: payload, lastName: payload, displayName: payload, organisation: payload };
      control.addUser({ zuid, email, ...names, orgId: String(zuid), dataCenter: 'us' });
      const scopes = 'AaaServer.profile.Read,ZohoCRM.org.READ,ZohoCRM.users.READ';
      await someone.connect({ name: `c-${index}`, zuid, scopes });
    }
  });

  /** Addresses that put the payload into every field that a query or path sets. */
  function addresses(payload: string): string[] {
    const text = encodeURIComponent(payload);
    return [
      `/events?subject=${text}&actor=${text}&since=${text}&action=${text}`,
      `/oauth/callback?error=${text}&error_description=${text}&state=${text}&location=${text}`,
      `/connections/${text}`,
      `/${text}`,
      `/login?because=${text}`,
    ];
  }

  /** What the words did to the page; empty when they stayed words. */
  function harm(page: Page): Promise<string[]> {
    return page.evaluate<string[]>(`[
      ...(window.ran ? ['ran'] : []),
      ...[...document.scripts].filter((script) => !script.src.startsWith(location.origin + '/assets/')).map(() => 'script'),
      ...[...document.querySelectorAll('*')].flatMap((element) => element.getAttributeNames())
        .filter((name) => name.startsWith('on') || name === 'style' || name === 'srcdoc'),
      ...[...document.querySelectorAll('iframe, svg, math, base, style, img:not([src^="/assets/"])')].map((e) => e.tagName),
      ...[...document.querySelectorAll('[href], [action]')].map((e) => e.getAttribute('href') ?? e.getAttribute('action'))
        .filter((href) => !/^([/#]|https?:)/.test(href) || href.startsWith('//')),
      ...(document.querySelector('meta[http-equiv]') ? ['meta'] : []),
    ]`);
  }

  it.each([
    ['on', false],
    ['off, so that nothing but the escaping holds', true],
  ])('stay words on every page, with the Content-Security-Policy %s', async (_policy, bypassCSP) => {
    const page = await browser.stranger({ bypassCSP });
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(page.url());
      void dialog.dismiss();
    });
    const reports: string[] = [];
    page.on('console', (message) => {
      if (/Content.Security.Policy|Trusted/i.test(message.text())) reports.push(message.text());
    });
    const shown = ['/', '/events', ...payloads.map((_, index) => `/connections/c-${index}`)];
    for (const path of bypassCSP ? [...shown, ...payloads.flatMap(addresses)] : shown) {
      await page.goto(app.url + path, { waitUntil: 'domcontentloaded' });
      expect([path, ...(await harm(page))]).toEqual([path]);
    }
    await page.goto(`${app.url}/`);
    for (const payload of payloads.slice(0, 19)) expect(await page.locator('main').textContent()).toContain(payload);
    expect(dialogs).toEqual([]);
    expect(reports).toEqual([]);
  });

  it('stay words in a form that is shown again', async () => {
    const page = await browser.stranger({ bypassCSP: true });
    for (const payload of payloads.slice(0, 6)) {
      await page.goto(app.url);
      await page.locator('details.another summary').click();
      await page.getByLabel('Name').fill(payload);
      await page.getByLabel('Scopes').first().fill(payload);
      await press(page, 'Connect Zoho');
      await see(page, 'Use 1 to 64');
      expect(await page.getByLabel('Name').inputValue()).toBe(payload.replaceAll('\u0000', ''));
      expect(await harm(page)).toEqual([]);
    }
  });
});

describe('pages of others', () => {
  const hostile: Server[] = [];
  const name = someName();

  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(async () => {
    await Promise.all(hostile.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  /** Serves a page at a port of its own; `host` may be any name that the browser takes for this computer. */
  async function serve(host: string, html: string): Promise<string> {
    const server = createServer((_req, res) => res.setHeader('Content-Type', 'text/html').end(html));
    hostile.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://${host}:${(server.address() as AddressInfo).port}/`;
  }

  /** Somebody with a session and a connection, who may be led elsewhere. */
  async function victim(): Promise<Page> {
    const page = await browser.stranger();
    await page.goto(app.url);
    await connect(page);
    return page;
  }

  it('read nothing through a name that they point at this computer', async () => {
    await person(app).connect({ name });
    const page = await browser.stranger();
    const port = new URL(app.url).port;
    for (const host of [`evil.test:${port}`, `localhost.evil.test:${port}`, `127.0.0.1.evil.test:${port}`]) {
      const answer = await page.goto(`http://${host}/`);
      expect(answer?.status()).toBe(421);
      expect(await page.content()).not.toContain(name);
      const read = await page.evaluate<string>(
        `fetch('/events.jsonl', { credentials: 'include' }).then((answer) => answer.text())`,
      );
      expect(read).not.toContain(name);
      expect(await page.context().cookies()).toEqual([]);
    }
  });

  it('cannot put the dashboard into a frame', async () => {
    const page = await victim();
    for (const path of ['/', '/no-such-page', '/healthz', '/events.jsonl']) {
      const refused = page.waitForEvent('console', (message) => message.text().includes("frame-ancestors 'none'"));
      await page.goto(await serve('evil.test', `<iframe src="${app.url}${path}"></iframe>`));
      await refused;
      expect(await page.frames()[1]?.content()).not.toMatch(/Keeper|ok|actor/);
    }
  });

  it.each(['evil.test', 'localhost'])('cannot press buttons from %s', async (host) => {
    const page = await victim();
    const before = await events();
    const actions = ['/connections/default/delete', '/connections/default/revoke', '/connections/default/refresh'];
    for (const action of [...actions, '/connect', '/setup']) {
      const form = `<form method="post" action="${app.url}${action}"><input name="_csrf" value="x"></form>`;
      await page.goto(await serve(host, form));
      const answer = page.waitForResponse((response) => response.url() === app.url + action);
      await page.evaluate('document.forms[0].submit()');
      expect((await answer).status()).toBe(403);
      await page.waitForURL(app.url + action);
    }
    await page.goto(await serve(host, ''));
    const fetched = await page.evaluate<string[]>(`Promise.all(${JSON.stringify(actions)}.flatMap((action) =>
      [{}, { mode: 'no-cors' }, { headers: { 'Content-Type': 'text/plain' } }].map((more) =>
        fetch('${app.url}' + action, { method: 'POST', credentials: 'include', ...more })
          .then((answer) => answer.type, () => 'refused'))))`);
    expect(new Set(fetched)).toEqual(new Set(['opaque', 'refused']));
    expect(await events()).toEqual(before);
    await page.goto(app.url);
    await see(page, 'Active');
  });

  it('cannot read pages or tokens, nor use pictures to change anything', async () => {
    const page = await victim();
    const before = await events();
    const picture = `<img src="${app.url}/connections/default/delete"><script src="${app.url}/events.jsonl"></script>`;
    await page.goto(await serve('localhost', picture));
    const read = await page.evaluate<string[]>(`Promise.all(['/', '/events.jsonl', '/connections/default'].map((path) =>
      fetch('${app.url}' + path, { credentials: 'include' }).then((answer) => answer.text(), () => 'refused')))`);
    expect(read).toEqual(['refused', 'refused', 'refused']);
    expect(await events()).toEqual(before);
  });

  it('open in a window of their own, without a handle on ours', async () => {
    const page = await victim();
    await page.goto(await serve('localhost', ''));
    const opened = page.waitForEvent('popup');
    await page.evaluate(`window.ours = window.open('${app.url}')`);
    await (await opened).waitForLoadState();
    expect(await page.evaluate('window.ours.closed')).toBe(true);
  });

  async function events(): Promise<string> {
    return (await person(app).visit('/events.jsonl')).text;
  }
});

describe('what a browser keeps', () => {
  it('no code and no state, in history, address, referrer or requests elsewhere', async () => {
    app = await startApp();
    const page = await browser.stranger();
    const referrers: (string | undefined)[] = [];
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      referrers.push(request.headers()['referer']);
      const { origin } = new URL(request.url());
      if (origin !== app.url && !Object.values(app.simulator.urls).includes(origin)) elsewhere.push(origin);
    });
    await page.goto(app.url);
    await connect(page);
    const session = await page.context().newCDPSession(page);
    const { entries } = await session.send('Page.getNavigationHistory');
    // At Zoho the address of its own consent page holds the state, which is spent by then.
    const ours = entries.map(({ url }) => url).filter((url) => url.startsWith(app.url));
    const kept = JSON.stringify([ours, referrers, await page.evaluate('[location.href, document.referrer]')]);
    const secrets = app.simulator.control.minted().filter(({ kind }) => kind === 'code' || kind.endsWith('_token'));
    const states = app.simulator.control
      .requests()
      .map(({ query }) => query['state'])
      .filter((state) => state !== undefined);
    expect(secrets.length).toBeGreaterThan(2);
    expect([...secrets.map(({ value }) => value), ...states].filter((secret) => kept.includes(secret))).toEqual([]);
    expect(ours).toEqual([`${app.url}/`, `${app.url}/`]);
    expect(elsewhere).toEqual([]);
  });

  it('nothing to go back to after signing out', async () => {
    app = await startApp({ DASHBOARD_PASSWORD: password });
    const page = await browser.stranger();
    await page.goto(app.url);
    await page.getByLabel('Password of this dashboard').fill('wrong password');
    await press(page, 'Sign in');
    await see(page, 'That is not the password.');
    await page.getByLabel('Password of this dashboard').fill(password);
    await press(page, 'Sign in');
    await connect(page);
    await page.getByRole('link', { name: 'Activity' }).click();
    await see(page, 'Went to Zoho to connect');
    await press(page, 'Sign out');
    await see(page, 'You are signed out.');

    for (let steps = 1; steps <= 2; steps++) {
      await page.goBack();
      await page.getByLabel('Password of this dashboard').waitFor();
      expect(await page.content()).not.toContain('default');
    }
    const left = await page.evaluate<unknown[]>(
      `caches.keys().then((keys) => [keys.length, localStorage.length, sessionStorage.length, document.cookie])`,
    );
    expect(left).toEqual([0, 0, 0, '']);
  });
});

describe('forms of ours', () => {
  it.each([
    ['an office name', 'keeper.lan', {}],
    ['another allowed name', 'other.lan', { ALLOWED_HOSTS: 'other.lan' }],
    ['an address of this computer', '127.0.0.1', {}],
  ])('work under %s', async (_what, host, more) => {
    app = await startApp({ DASHBOARD_PASSWORD: password, BASE_URL: 'http://keeper.lan', ...more });
    const page = await browser.stranger();
    const { port } = new URL(app.url);
    await page.goto(`http://${host}:${port}/`);
    if (host === 'keeper.lan') {
      // BASE_URL says port 80, so this port is another host's.
      expect(await page.content()).toContain('does not answer to that host name');
      return;
    }
    await page.getByLabel('Password of this dashboard').fill(password);
    await press(page, 'Sign in');
    await see(page, 'Connect a Zoho account');
    await press(page, 'Sign out');
    await see(page, 'You are signed out.');
  });
});

it('a callback that comes after the session ended says what to do, and nothing is exchanged', async () => {
  app = await startApp({ DASHBOARD_PASSWORD: password });
  const someone = person(app);
  await someone.submit('/login', { password }, '/login');
  const callback = await someone.consent({ name: someName() });
  await someone.submit('/logout');
  const page = await browser.stranger();
  await page.goto(app.url + pathOf(callback));
  await see(page, 'Sign in and press Connect Zoho again.');
  expect(page.url()).not.toMatch(/code=|state=/);
  expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(0);
});
