import { inProcess, type TestApp } from '../support/start';
import { testClient } from '../support/site';
import { connect, press, see, startBrowser, type TestBrowser } from '../support/browser';

let browser: TestBrowser;
let app: TestApp | undefined;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.stop());
afterEach(async () => {
  await browser.endVisits();
  await app?.stop();
});

const noClient = { ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' };

it('leads a newcomer through the setup to a connection', async () => {
  app = await inProcess(noClient);
  const visitor = await browser.visitor(app.url);
  const { page } = visitor;

  await press(page, 'Copy the Authorized Redirect URI');
  expect(await visitor.clipboard()).toBe(`${app.url}/oauth/callback`);
  await page.getByLabel('Client ID').fill(testClient.id);
  await page.getByLabel('Client secret').fill(testClient.secret);
  await press(page, 'Save the client');
  await connect(page);

  await see(page, 'Active');
});

it('compares a redirect URI that is pasted back, as it is typed, and explains words by keyboard', async () => {
  app = await inProcess(noClient);
  const { page } = await browser.visitor(`${app.url}/setup`);
  const pasted = page.getByLabel('Does it match?');
  await pasted.fill(`${app.url}/oauth/callback/`);
  expect(await page.getByText('It matches, to the letter.').isVisible()).toBe(false);
  await press(page, 'Compare');
  await see(page, 'It differs by the final slash.');
  await pasted.fill(`${app.url}/oauth/callback`);
  await see(page, 'It matches, to the letter.');

  await page.locator('summary', { hasText: 'What is a client?' }).press('Enter');
  await see(page, 'A client is your registration in Zoho’s API console');
});

it('opens the console of the data centre that is chosen', async () => {
  app = await inProcess(noClient);
  const { page } = await browser.visitor(`${app.url}/setup`);
  const link = page.getByRole('link', { name: 'Open the API console' });
  expect(await link.getAttribute('href')).toBe('https://api-console.zoho.com');

  await page.getByLabel('Data centre').selectOption('ca');

  expect(await link.getAttribute('href')).toBe('https://api-console.zohocloud.ca');
});

it('shows what the environment sets, which cannot be typed or saved here', async () => {
  app = await inProcess();
  const { page } = await browser.visitor(`${app.url}/setup`);

  await see(page, testClient.id);
  expect(await page.locator('input').count()).toBe(0);
  expect(await page.locator('form[action="/setup"]').count()).toBe(0);
  expect(await page.content()).not.toContain(testClient.secret);
});

it.each(['/', '/setup', '/clients', '/connections/default'])('fits a screen of 320 pixels: %s', async (path) => {
  app = await inProcess();
  const { page } = await browser.visitor(app.url, { viewport: { width: 320, height: 640 } });
  await connect(page);
  await page.goto(app.url + path);

  expect(await page.evaluate<number>('document.scrollingElement.scrollWidth')).toBe(320);
});
