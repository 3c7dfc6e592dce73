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

  expect(await page.getByLabel('Client ID').inputValue()).toBe(testClient.id);
  expect(await page.getByLabel('Client ID').isEditable()).toBe(false);
  expect(await page.getByLabel('Data centre', { exact: true }).isDisabled()).toBe(true);
  expect(await page.locator('form[action="/setup"]').count()).toBe(0);
  expect(await page.content()).not.toContain(testClient.secret);
});

it('takes the secret of a data centre that has one of its own, and forgets it again', async () => {
  app = await inProcess();
  app.simulator.control.regenerateSecret(testClient.id, 'eu');
  const { page } = await browser.visitor(`${app.url}/setup`);

  await page.getByLabel('Which data centre').selectOption('eu');
  await page.getByLabel('Its secret').fill('a'.repeat(42));
  await press(page, 'Save this secret');
  await see(page, 'The secret for Europe is saved.');
  await press(page, 'Remove');
  await see(page, 'Remove the secret for Europe?');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();

  await see(page, 'The secret for Europe is removed.');
  expect(await page.locator('.secrets').count()).toBe(0);
});

it('leads to the field that was filled in wrongly', async () => {
  app = await inProcess();
  const page = await browser.stranger();
  await page.goto(`${app.url}/setup`);

  await page.getByLabel('Which data centre').selectOption('eu');
  await page.getByLabel('Its secret').fill('with spaces');
  await press(page, 'Save this secret');
  await see(page, 'Copy it anew from the console.');

  expect(await page.evaluate<string>('document.activeElement.id')).toBe('own_secret');
});

it.each(['/', '/setup', '/connections/default'])('fits a screen of 320 pixels: %s', async (path) => {
  app = await inProcess();
  const { page } = await browser.visitor(app.url, { viewport: { width: 320, height: 640 } });
  await connect(page);
  await page.goto(app.url + path);

  expect(await page.evaluate<number>('document.scrollingElement.scrollWidth')).toBe(320);
});
