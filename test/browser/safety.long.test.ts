import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { freePort } from '../support/site';
import { inProcess, type TestApp } from '../support/start';
import { pathOf, person, someName } from '../support/person';
import { connect, press, see, signOut, startBrowser, type TestBrowser } from '../support/browser';

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

describe('pages of others', () => {
  const hostile: Server[] = [];
  const name = someName();

  beforeEach(async () => {
    app = await inProcess();
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
    for (const path of ['/', '/no-such-page', '/healthz']) {
      // Not what the page before was still listening to.
      const refused = page.waitForEvent('requestfailed', (request) => request.isNavigationRequest());
      await page.goto(await serve('evil.test', `<iframe src="${app.url}${path}"></iframe>`));
      expect((await refused).failure()?.errorText).toBe('net::ERR_BLOCKED_BY_RESPONSE');
    }
  });

  it.each(['evil.test', 'localhost'])('cannot press buttons from %s', async (host) => {
    const page = await victim();
    const before = await events();
    const actions = ['/connections/default/delete', '/connections/default/revoke', '/connections/default/refresh'];
    for (const action of [...actions, '/connect', '/setup']) {
      const form = `<form method="post" action="${app.url}${action}"></form>`;
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
    expect(new Set(fetched)).toEqual(new Set(['refused']));
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

  it.each(['evil.test', 'localhost'])('begin no sessions by pictures, frames and forms from %s', async (host) => {
    const page = await browser.stranger();
    const pictures = Array.from({ length: 20 }, (_, number) => `<img src="${app.url}/?${number}">`).join('');
    const form = `<form method="post" action="${app.url}/connect"></form>`;
    await page.goto(await serve(host, `${pictures}<iframe src="${app.url}/"></iframe>${form}`));
    const answer = page.waitForResponse((response) => response.url() === `${app.url}/connect`);
    await page.evaluate('document.forms[0].submit()');
    expect((await answer).status()).toBe(403);
    await page.waitForURL(`${app.url}/connect`);
    expect(await app.server.store.db.selectFrom('sessions').selectAll().execute()).toEqual([]);
    expect((await page.goto(app.url))?.status()).toBe(200);
  });

  it('open in a window of their own, without a handle on ours', async () => {
    const page = await victim();
    await page.goto(await serve('localhost', ''));
    const opened = page.waitForEvent('popup');
    await page.evaluate(`window.ours = window.open('${app.url}')`);
    await (await opened).waitForLoadState();
    expect(await page.evaluate('window.ours.closed')).toBe(true);
  });

  /** Without what was refused, which is an event of its own. */
  async function events(): Promise<string[]> {
    const { text } = await person(app).visit('/events.jsonl');
    return text.split('\n').filter((line) => !line.includes('"form_refused"'));
  }
});

describe('what a browser keeps', () => {
  it('no code and no state, in history, address, referrer or requests elsewhere', async () => {
    app = await inProcess();
    const page = await browser.stranger();
    const referrers: string[] = [];
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      const referrer = request.headers()['referer'] ?? '';
      if (referrer.startsWith(app.url)) referrers.push(referrer);
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
    expect(ours).toEqual([`${app.url}/`, `${app.url}/connections/default`, `${app.url}/`]);
    expect(elsewhere).toEqual([]);
  });

  it('nothing to go back to after signing out', async () => {
    app = await inProcess({ DASHBOARD_PASSWORD: password });
    const page = await browser.stranger();
    await page.goto(app.url);
    await page.getByLabel('Password').fill('wrong password');
    await press(page, 'Sign in');
    await see(page, 'That is not the password.');
    await page.getByLabel('Password').fill(password);
    await press(page, 'Sign in');
    await connect(page);
    await page.getByRole('link', { name: 'Activity' }).click();
    await see(page, 'Started connecting');
    await signOut(page);
    await see(page, 'You are signed out.');

    for (let steps = 1; steps <= 2; steps++) {
      await page.goBack();
      await page.getByLabel('Password').waitFor();
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
    // Browsers send no Sec-Fetch-Site from plain http in an office network, so the Origin has to do.
    ['the name of BASE_URL without TLS', 'keeper.lan', ''],
    ['another name that is allowed', 'other.lan', 'other.lan'],
    ['an address of this computer', '127.0.0.1', ''],
  ])('work under %s', async (_what, host, allowed) => {
    const port = await freePort();
    const address = { PORT: String(port), BASE_URL: `http://keeper.lan:${port}`, ALLOWED_HOSTS: allowed };
    app = await inProcess({ DASHBOARD_PASSWORD: password, ...address });
    const page = await browser.stranger();
    await page.goto(`http://${host}:${port}/`);
    await page.getByLabel('Password').fill(password);
    await press(page, 'Sign in');
    await see(page, 'Connect a Zoho account');
    await signOut(page);
    await see(page, 'You are signed out.');
  });

  it('lead from 127.0.0.1 to localhost, where Zoho will send the browser', async () => {
    app = await inProcess();
    const page = await browser.stranger();
    await page.goto(app.url.replace('localhost', '127.0.0.1'));
    expect(page.url()).toBe(`${app.url}/`);
  });
});

it('a callback that comes after the session ended says what to do, and nothing is exchanged', async () => {
  app = await inProcess({ DASHBOARD_PASSWORD: password });
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
