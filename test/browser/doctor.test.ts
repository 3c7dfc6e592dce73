import { press, startBrowser, type TestBrowser } from '../support/browser';
import { person } from '../support/person';
import { testClient } from '../support/site';
import { inProcess, type TestApp } from '../support/start';

let browser: TestBrowser;
let app: TestApp;
beforeAll(async () => {
  browser = await startBrowser();
  app = await inProcess();
  await person(app).connect({ name: 'crm' });
});
afterAll(async () => {
  await browser.stop();
  await app.stop();
});
afterEach(() => browser.endVisits());

it('Copy report copies the findings without what others should not read', async () => {
  const { page, clipboard } = await browser.visitor(`${app.url}/doctor`);
  await press(page, 'Copy report');
  await page.getByText('Copied to the clipboard.').waitFor();
  const report = await clipboard();
  expect(report).toMatch(/^✓ Connection crm: active$/m);
  expect(report).not.toContain(testClient.id);
});

it('a document fits a telephone, and what is wide in it scrolls', async () => {
  const { page } = await browser.visitor(`${app.url}/docs/exports.md`, { viewport: { width: 360, height: 700 } });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
});
