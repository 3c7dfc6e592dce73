import { readFileSync } from 'node:fs';
import { testClient } from '../support/site';
import { inProcess, type TestApp } from '../support/start';
import { button, connect, press, see, startBrowser, type TestBrowser } from '../support/browser';

let browser: TestBrowser;
let app: TestApp;
beforeAll(async () => {
  browser = await startBrowser();
  app = await inProcess();
});
afterAll(async () => {
  await app.stop();
  await browser.stop();
});
afterEach(() => browser.endVisits());

it('shows, copies and downloads a file with secrets only when asked to', async () => {
  const visitor = await browser.visitor(app.url);
  const { page } = visitor;
  await connect(page);
  await page.goto(`${app.url}/connections/default`);
  await page.getByText('.env, JSON').click();
  const text = page.locator('#export-env');
  expect(await text.textContent()).toContain("ZOHO_CLIENT_SECRET='••••••••'");

  const entry = page.locator('article', { has: text });
  await entry.getByRole('button', { name: 'Copy' }).click();
  await button(page, 'Copied').waitFor();
  expect(await visitor.clipboard()).toContain(`ZOHO_CLIENT_SECRET=${testClient.secret}\n`);
  expect(await text.textContent()).not.toContain(testClient.secret);

  const coming = page.waitForEvent('download');
  await press(page, 'Download .env');
  expect(readFileSync(await (await coming).path(), 'utf8')).toContain(`ZOHO_CLIENT_SECRET=${testClient.secret}\n`);
  // A second press works as well: the page is not taken for one that waits.
  const again = page.waitForEvent('download');
  await press(page, 'Download .env');
  await again;

  await entry.getByRole('button', { name: 'Show' }).click();
  await see(page, testClient.secret);
});
