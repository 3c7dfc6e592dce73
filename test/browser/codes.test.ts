import { press, see, startBrowser, type TestBrowser } from '../support/browser';
import { inProcess, type TestApp } from '../support/start';

const device = { id: '1004.TELEVISION', secret: 's'.repeat(42) };

let browser: TestBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.stop());

let app: TestApp;
afterEach(async () => {
  await browser.endVisits();
  await app.stop();
});

it('connects by an address that is opened in another browser and pasted back', async () => {
  app = await inProcess();
  const visitor = await browser.visitor(`${app.url}/connect/code`);
  const { page } = visitor;
  await press(page, 'Make the address');
  await page.getByRole('button', { name: 'Copy the Authorization URL' }).click();
  await see(page, 'Copied');

  const elsewhere = await browser.stranger();
  await elsewhere.goto(await visitor.clipboard());
  // That browser cannot reach the Keeper, and shows the address all the same.
  await elsewhere.route(`${app.url}/**`, (route) => route.abort());
  const asked = elsewhere.waitForRequest(`${app.url}/**`);
  await press(elsewhere, 'Accept');
  const address = (await asked).url();

  await page.getByLabel('Code, or the whole address').fill(address);
  await press(page, 'Connect');
  await page.waitForURL(`${app.url}/connections/default`);
  await see(page, '“default” is connected.');
});

it('shows a code to type elsewhere, and goes on by itself', async () => {
  app = await inProcess({ ZOHO_CLIENT_ID: device.id, ZOHO_CLIENT_SECRET: device.secret });
  app.simulator.control.addClient({ ...device, redirectUris: [], dataCenter: 'us', type: 'device' });
  const visitor = await browser.visitor(`${app.url}/connect/device`);
  const { page } = visitor;
  await press(page, 'Get a code');
  const code = (await page.locator('#user-code').textContent()) ?? '';
  await page.getByRole('button', { name: 'Copy the code' }).click();
  await see(page, 'Copied');
  expect(await visitor.clipboard()).toBe(code);

  const elsewhere = await browser.stranger();
  await elsewhere.goto(`${app.simulator.urls.us}/oauth/v3/device?user_code=${code}`);
  await press(elsewhere, 'Accept');
  app.advance(31);
  await page.waitForURL(`${app.url}/connections/default`);
  await see(page, '“default” is connected.');
});
