import type { Locator, Page } from 'playwright-core';
import { person } from '../support/person';
import { see, startBrowser, type TestBrowser, type Visitor } from '../support/browser';
import { password } from '../support/sign-in';
import { inProcess, type TestApp } from '../support/start';

let browser: TestBrowser;
let app: TestApp;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.stop());
afterEach(async () => {
  await browser.endVisits();
  await app.stop();
});

/** How somebody works at a page: with the mouse, or by the keys alone. */
interface Hands {
  press(target: Locator): Promise<void>;
  fill(target: Locator, text: string): Promise<void>;
}

const mouse = (): Hands => ({ press: (target) => target.click(), fill: (target, text) => target.fill(text) });

function keyboard(page: Page): Hands {
  return {
    async press(target) {
      await reach(target);
      const isBox = (await target.getAttribute('type')) === 'checkbox';
      await page.keyboard.press(isBox ? 'Space' : 'Enter');
    },
    async fill(target, text) {
      await reach(target);
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type(text);
    },
  };

  /** Goes on from control to control until this one has the focus. Fails where keys do not lead there. */
  async function reach(target: Locator): Promise<void> {
    await target.waitFor();
    for (let steps = 0; steps < 250; steps += 1) {
      if ((await target.and(page.locator(':focus')).count()) > 0) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no key leads to ${String(target)}`);
  }
}

const ways = [320, 1280].flatMap((width) => [
  { width, by: 'mouse' as const },
  { width, by: 'keyboard' as const },
]);

describe.each(ways)('at $width px, by $by', ({ width, by }) => {
  async function visit(path = '/'): Promise<{ visitor: Visitor; page: Page; hands: Hands; foreign: string[] }> {
    const visitor = await browser.visitor(app.url + path, { viewport: { width, height: 800 } });
    const { page } = visitor;
    const ours = [app.url, ...Object.values(app.simulator.urls)];
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!ours.some((url) => request.url().startsWith(`${url}/`))) foreign.push(request.url());
    });
    return { visitor, page, hands: by === 'mouse' ? mouse() : keyboard(page), foreign };
  }

  const button = (page: Page, name: string): Locator =>
    page.getByRole('button', { name, exact: true }).filter({ visible: true }).first();
  const link = (page: Page, name: string): Locator =>
    page.getByRole('link', { name, exact: true }).filter({ visible: true }).first();
  const inDialog = (page: Page, name: string): Locator =>
    page.getByRole('dialog').filter({ visible: true }).getByRole('button', { name, exact: true });

  it('a developer gets a token, renews it, writes down what it is for, and ends it', async () => {
    app = await inProcess();
    const { visitor, page, hands, foreign } = await visit();
    await hands.press(button(page, 'Connect Zoho'));
    await hands.press(button(page, 'Accept'));
    await see(page, '“default” is connected.');

    await hands.press(button(page, 'Copy refresh token'));
    await button(page, 'Copied').waitFor();
    expect(await visitor.clipboard()).toMatch(/^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
    await hands.press(button(page, 'Refresh now'));
    await see(page, 'has a new access token');
    await hands.press(page.locator('summary', { hasText: 'Edit name' }));
    await hands.fill(page.getByLabel('Label'), 'Our own CRM');
    await hands.fill(page.getByLabel('Tags'), 'own');
    await hands.press(button(page, 'Save'));
    await see(page, 'Our own CRM');

    await hands.press(button(page, 'Disconnect'));
    await hands.press(inDialog(page, 'Disconnect'));
    await see(page, 'Disconnected');
    await hands.press(button(page, 'Reconnect'));
    await hands.press(button(page, 'Accept'));
    await see(page, 'is connected again');
    await hands.press(button(page, 'Delete'));
    await hands.press(inDialog(page, 'Delete'));
    await page.waitForURL(`${app.url}/`);
    expect(foreign).toEqual([]);
  });

  it('a team signs in, finds the broken one, mends it, and gives a program a key', async () => {
    app = await inProcess({ DASHBOARD_PASSWORD: password });
    const someone = person(app);
    await someone.submit('/login', { password }, '/login');
    for (const name of ['alfa', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot']) await someone.connect({ name });
    await someone.submit('/connections/echo/revoke', {}, '/connections/echo');
    const { page, hands, foreign } = await visit('/?status=disconnected');
    await hands.fill(page.getByLabel('Password'), password);
    await hands.press(button(page, 'Sign in'));
    await page.waitForURL(`${app.url}/?status=disconnected`);

    await hands.press(link(page, 'echo'));
    await hands.press(button(page, 'Reconnect'));
    await hands.press(button(page, 'Accept'));
    await see(page, 'is connected again');

    await hands.press(link(page, 'API keys'));
    await hands.press(link(page, 'New key'));
    await hands.fill(page.getByLabel('Name'), 'nightly');
    await hands.press(page.getByLabel('bravo', { exact: true }));
    await hands.press(button(page, 'Create key'));
    await see(page, 'shown only once');
    await hands.press(link(page, 'Alerts'));
    await hands.press(page.locator('summary', { hasText: 'Webhook' }));
    await hands.fill(page.getByLabel('Address').filter({ visible: true }).first(), 'http://127.0.0.1:9/hook');
    await page.keyboard.press('Enter');
    await see(page, '127.0.0.1');
    await hands.press(page.locator('summary[aria-label="Account"]'));
    await hands.press(button(page, 'Sign out'));
    await page.waitForURL((url) => url.pathname === '/login');
    expect(foreign).toEqual([]);
  });

  it('a company finds one of sixty by search, by chip and by page', async () => {
    app = await inProcess();
    Object.assign(app.simulator.control.settings, { codesPerWindow: 10_000, livingRefreshTokens: 10_000 });
    const someone = person(app);
    for (let at = 0; at < 60; at += 1) await someone.connect({ name: `shop-${String(at).padStart(2, '0')}` });
    await someone.submit('/connections/shop-57/revoke', {}, '/connections/shop-57');
    const { page, hands, foreign } = await visit();

    await page.keyboard.press('/');
    await page.keyboard.type('shop-58');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=shop-58/);
    await hands.press(link(page, 'shop-58'));
    await page.waitForURL(`${app.url}/connections/shop-58`);
    await hands.press(link(page, 'Connections'));
    await hands.press(page.getByRole('link', { name: /^Disconnected/ }));
    await hands.press(link(page, 'shop-57'));
    await see(page, 'Disconnected');
    await page.goto(app.url);
    await hands.press(page.getByRole('link', { name: /Older|Next|51/ }));
    await see(page, 'shop-59');
    expect(foreign).toEqual([]);
  }, 60_000);
});
