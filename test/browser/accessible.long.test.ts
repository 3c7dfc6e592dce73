import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { person } from '../support/person';
import { startBrowser, type TestBrowser } from '../support/browser';
import { password } from '../support/sign-in';
import { inProcess, type TestApp } from '../support/start';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let browser: TestBrowser;
let few: TestApp;
let many: TestApp;
let empty: TestApp;

beforeAll(async () => {
  [browser, few, many, empty] = [await startBrowser(), await inProcess(), await inProcess(), await inProcess()];
  await connectSome(few, 3);
  await connectSome(many, 7);
}, 60_000);
afterEach(() => browser.endVisits());
afterAll(async () => {
  await browser.stop();
  await Promise.all([few, many, empty].map((app) => app.stop()));
});

/** In all states that there are: well, refused by Zoho for good, and disconnected. */
async function connectSome(app: TestApp, count: number): Promise<void> {
  const someone = person(app);
  for (let at = 0; at < count; at += 1) await someone.connect({ name: `crm-${at}` });
  await someone.submit('/connections/crm-1/revoke', {}, '/connections/crm-1');
  await someone.submit('/alerts', { url: 'http://127.0.0.1:9/hook' }, '/alerts');
  const link = await someone.submit('/links', { name: 'guest', scopes: 'ZohoCRM.users.READ' }, '/links');
  expect(link.status).toBeLessThan(400);
}

const pages = [
  '/',
  '/connect',
  '/connect/code',
  '/connect/device',
  '/connections/crm-0',
  '/connections/crm-1',
  '/connections/crm-0/scopes',
  '/keys',
  '/keys/new',
  '/alerts',
  '/events',
  '/clients',
  '/setup',
  '/links',
  '/import',
  '/doctor',
  '/docs/index.md',
  '/docs/exports.md',
  '/nothing-here',
];

const views = [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
] as const;

describe.each(views)('$colorScheme at $viewport.width px', (view) => {
  it.each(pages)('nobody is shut out of %s', async (path) => {
    const page = await at(few, path, view);

    expect(await complaints(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  });

  it('nobody is shut out of a long list, or of an empty one', async () => {
    for (const app of [many, empty]) {
      const page = await at(app, '/', view);
      expect(await complaints(page)).toEqual([]);
      expect(await sideways(page)).toBeLessThanOrEqual(0);
    }
  });

  it('nobody is shut out of questions and menus', async () => {
    for (const path of ['/', '/connections/crm-0', '/alerts', '/keys']) {
      const page = await at(few, path, view);
      for (const question of await page.locator('button[popovertarget][aria-haspopup]').all()) {
        if (!(await question.isVisible())) continue;
        await question.click();
        expect(await complaints(page)).toEqual([]);
        await page.keyboard.press('Escape');
      }
    }
  });
});

it('nobody is shut out of signing in', async () => {
  const guarded = await inProcess({ DASHBOARD_PASSWORD: password });
  try {
    for (const view of views) {
      const page = await at(guarded, '/', view);
      expect(await complaints(page)).toEqual([]);
      await page.getByLabel('Password').fill(password);
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.pathname !== '/login');
      await page.goto(`${guarded.url}/sessions`);
      expect(await complaints(page)).toEqual([]);
    }
  } finally {
    await guarded.stop();
  }
}, 60_000);

it('pages fit a tablet, and text may be twice as large', async () => {
  for (const path of pages) {
    const page = await at(few, path, { viewport: { width: 768, height: 1024 } });
    expect({ path, sideways: await sideways(page) }).toEqual({ path, sideways: 0 });
    await page.evaluate('document.documentElement.style.fontSize = "200%"');
    expect({ path, sideways: await sideways(page) }).toEqual({ path, sideways: 0 });
    await page.close();
  }
}, 60_000);

async function at(app: TestApp, path: string, options: Parameters<TestBrowser['stranger']>[0]): Promise<Page> {
  const page = await browser.stranger(options);
  await page.goto(app.url + path);
  return page;
}

interface Finding {
  readonly id: string;
  readonly nodes: readonly { html: string; failureSummary: string }[];
}

/** What axe finds, in a few words each. */
async function complaints(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<Finding[]>(
    `axe.run({ runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => violations)`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** How many pixels the page is wider than the window. */
function sideways(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}
