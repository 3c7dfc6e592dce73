import { inProcess, type TestApp } from '../support/start';
import { testClient } from '../support/site';
import { press, see, startBrowser, type TestBrowser } from '../support/browser';

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

it('takes the secret of a data centre that has one of its own, and forgets it again', async () => {
  app = await inProcess();
  app.simulator.control.regenerateSecret(testClient.id, 'eu');
  const { page } = await browser.visitor(`${app.url}/clients`);

  await page.getByText('Data centres with a secret of their own').click();
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
  await page.goto(`${app.url}/clients`);

  await page.getByText('Data centres with a secret of their own').click();
  await page.getByLabel('Which data centre').selectOption('eu');
  await page.getByLabel('Its secret').fill('with spaces');
  await press(page, 'Save this secret');
  await see(page, 'Copy it anew from the console.');

  expect(await page.evaluate<string>('document.activeElement.id')).toBe(`own_secret-${testClient.id}`);
});
