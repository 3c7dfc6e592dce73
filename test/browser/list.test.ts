import { added } from '../support/rows';
import { startBrowser, type TestBrowser } from '../support/browser';
import { inProcess, type TestApp } from '../support/start';

let browser: TestBrowser;
let app: TestApp;

beforeAll(async () => {
  browser = await startBrowser();
  app = await inProcess();
  for (let number = 10; number < 80; number++) await added(app.server.store, { name: `crm-${number}` });
});
afterEach(() => browser.endVisits());
afterAll(async () => {
  await browser.stop();
  await app.stop();
});

it('is searched, walked and opened by keys alone, and one comes back to where one was', async () => {
  const { page } = await browser.visitor(app.url);
  await page.keyboard.press('/');
  await page.keyboard.type('crm-7');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/?q=crm-7');
  for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
  expect(await page.evaluate('document.activeElement.textContent')).toBe('crm-71');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connections/crm-71');
  await page.getByRole('link', { name: 'Connections' }).and(page.locator('.back a')).click();
  await page.waitForURL('**/?q=crm-7');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('crm-71');
});

it('comes back to the same height of a long page', async () => {
  const { page } = await browser.visitor(app.url);
  const link = page.getByRole('link', { name: 'crm-50', exact: true });
  await link.scrollIntoViewIfNeeded();
  const top = (await link.boundingBox())?.y ?? 0;
  await link.click();
  await page.goBack();
  await page.waitForFunction('document.activeElement.textContent === "crm-50"');
  expect(Math.abs(((await link.boundingBox())?.y ?? 0) - top)).toBeLessThan(20);
});

it('works without script, on a phone: search, menu, next page', async () => {
  const { page } = await browser.visitor(app.url, { javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  await page.getByRole('searchbox').fill('crm-33');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByLabel('Actions for crm-33').click();
  await page.getByRole('link', { name: 'Open' }).click();
  expect(page.url()).toBe(`${app.url}/connections/crm-33`);
  await page.goto(app.url);
  await page.getByRole('link', { name: 'Next 50' }).click();
  await page.getByRole('link', { name: 'crm-79', exact: true }).waitFor();
});

it('has two tab stops for a line, and closes a menu at Escape', async () => {
  const { page } = await browser.visitor(app.url);
  await page.getByLabel('Actions for crm-10').click();
  await page.getByRole('button', { name: 'Refresh now' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Refresh now' }).waitFor({ state: 'hidden' });
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('crm-11');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Actions for crm-11');
});
