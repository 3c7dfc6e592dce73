import type { Page } from 'playwright-core';
import { button, connect, press, see, startBrowser, type TestBrowser } from '../support/browser';
import { databases } from '../support/postgres';
import { person } from '../support/person';
import { someKeys } from '../support/rows';
import { asProcess, inProcess, runCommand, serveBeside, type TestApp } from '../support/start';
import { owner, password } from '../support/sign-in';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.stop());

describe.each(databases)('two instances on %s, with a tab on each', (_dialect, freshDatabase) => {
  it('show what the other one does, and what a command does, without being loaded anew', async () => {
    const site = await asProcess({ DATABASE_URL: await freshDatabase(), ENCRYPTION_KEYS: someKeys() });
    const first = await site.serve();
    const second = await serveBeside(site);
    const { page: here } = await browser.visitor(first.url);
    await connect(here);
    const { page: there } = await browser.visitor(`${second.url}/connections/default`);
    const { page: activity } = await browser.visitor(`${second.url}/events`);
    for (const page of [there, activity]) await page.evaluate('window.isSame = true');

    await press(here, 'Disconnect');
    const begun = Date.now();
    await here.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await Promise.all([see(there, 'Disconnected'), see(activity, 'Disconnected')]);
    // Two seconds are the aim; machines that test are busy.
    expect(Date.now() - begun).toBeLessThan(6000);
    expect(await there.locator('#said').textContent()).toBe('Changed: default: Disconnected.');

    await runCommand(site, ['keys', 'create', '--name', 'reports']);
    await see(activity, 'Created an API key');
    for (const page of [there, activity]) expect(await page.evaluate('window.isSame')).toBe(true);

    await browser.endVisits();
    await second.end('SIGTERM');
    await site.stop();
  });
});

describe('an open page', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await inProcess();
  });
  afterEach(async () => {
    await browser.endVisits();
    await app.stop();
  });

  /** Has a connection, and somebody who is elsewhere in the Keeper. */
  async function open(path = '/connections/books'): Promise<{ page: Page; other: ReturnType<typeof person> }> {
    const other = person(app);
    await other.connect({ name: 'books' });
    const { page } = await browser.visitor(`${app.url}${path}`);
    await page.waitForRequest((request) => request.resourceType() === 'xhr').catch(() => undefined);
    return { page, other };
  }

  it('keeps the focus where it is, and goes on counting in what is new', async () => {
    const { page, other } = await open();
    await button(page, 'Refresh now').focus();
    const old = await page.locator('time[data-countdown]').getAttribute('datetime');
    app.advance(120);
    await other.submit('/connections/books/refresh');
    await page.locator(`time[data-countdown]:not([datetime="${old}"])`).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Refresh now');
    const life = page.locator('time[data-countdown]');
    const words = await life.textContent();
    while ((await life.textContent()) === words) await page.waitForTimeout(100);
  });

  it('leaves a question that is asked alone until it is answered', async () => {
    const { page, other } = await open();
    await press(page, 'Disconnect');
    await other.submit('/connections/books/revoke');
    await page.waitForResponse((response) => response.request().resourceType() === 'xhr');
    await page.getByRole('dialog').waitFor();
    await press(page, 'Cancel');
    await see(page, 'Disconnected');
  });

  it('gets rows that are new, in their place', async () => {
    const { page, other } = await open('/events');
    await other.submit('/connections/books/revoke');
    await page.locator('#events tr', { hasText: 'Disconnected' }).waitFor();
    expect(await page.locator('#events tr').last().textContent()).toContain('Started connecting');
  });

  it('says “renewing” when a token ends, and soon what the server says', async () => {
    await person(app).connect({ name: 'books' });
    const page = await browser.stranger();
    await page.clock.install();
    await page.goto(`${app.url}/connections/books`);
    await page.locator('time[data-countdown]').waitFor();
    // It stands still there, so that the server is not asked yet.
    await page.clock.pauseAt(Date.now() + 3_601_000);
    expect(await page.locator('time[data-countdown]').textContent()).toBe('renewing');
    app.advance(3601);
    await page.clock.runFor(8000);
    await see(page, 'The next program that asks gets a new one.');
  });

  it('says “Copied” for two seconds whatever happens meanwhile, and shows then what did', async () => {
    const other = person(app);
    await other.connect({ name: 'books' });
    const { page } = await browser.visitor(app.url);
    await page.clock.install();
    const reading = () => page.waitForResponse((response) => response.request().resourceType() === 'xhr');
    // It reads once as soon as it listens.
    await Promise.all([reading(), page.goto(`${app.url}/connections/books`)]);
    await page.clock.pauseAt(Date.now() + 1000);
    const news = reading();
    const isRead = news.then(() => 'read');

    await press(page, 'Copy refresh token');
    await button(page, 'Copied').waitFor();
    await other.submit('/connections/books/revoke');
    do await page.clock.runFor(5);
    while ((await Promise.race([isRead, page.waitForTimeout(20)])) !== 'read');
    await (await news).finished();
    await page.clock.runFor(1);
    expect(await button(page, 'Copied').isVisible()).toBe(true);
    expect(await page.locator('#said').textContent()).toBe('Copied to the clipboard.');
    await page.clock.runFor(8000);
    await see(page, 'Disconnected');
    expect(await button(page, 'Copy refresh token').count()).toBe(0);
  });

  it('says that it asks Zoho while it does', async () => {
    const { page } = await open();
    app.advance(120);
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 1500 });
    await page.evaluate(`new MutationObserver(([{ target }]) => (sessionStorage.said ??= target.textContent))
      .observe(document.getElementById('said'), { childList: true })`);
    await press(page, 'Refresh now');
    await see(page, 'has a new access token');
    expect(await page.evaluate('sessionStorage.said')).toBe('Asking Zoho…');
  });

  it('listens only while somebody can see it, and reads anew when they come back', async () => {
    const { page, other } = await open();
    const hide = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));`);
    await hide(true);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await other.submit('/connections/books/revoke');
    await page.waitForTimeout(700);
    expect(requests).toEqual([]);
    await hide(false);
    await see(page, 'Disconnected');
  });
});

it('a page of somebody who is signed out elsewhere leads to the sign-in', async () => {
  const app = await inProcess({ DASHBOARD_PASSWORD: password });
  const { page } = await browser.visitor(app.url);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
  await page.waitForURL(`${app.url}/`);
  await page.goto(`${app.url}/alerts`);
  const other = await owner(app);
  await other.submit('/sessions/end-others', {}, '/sessions');
  await page.waitForURL(/\/login/);
  await browser.endVisits();
  await app.stop();
});
