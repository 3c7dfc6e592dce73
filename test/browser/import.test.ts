import { press, see, startBrowser, type TestBrowser } from '../support/browser';
import { refreshTokens } from '../support/refresh-tokens';
import { testClient } from '../support/site';
import { inProcess, type TestApp } from '../support/start';

let browser: TestBrowser;
let app: TestApp;
beforeAll(async () => {
  browser = await startBrowser();
  app = await inProcess({ ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' });
});
afterAll(async () => {
  await browser.stop();
  await app.stop();
});
afterEach(() => browser.endVisits());

it('takes a newcomer with a .env to a connection by one paste and one click, the client included', async () => {
  const [token = ''] = await refreshTokens(app, 1);
  const { page } = await browser.visitor(app.url);
  await page.getByRole('link', { name: 'I have a refresh token already' }).click();
  const { id, secret } = testClient;
  const content = `ZOHO_CLIENT_ID=${id}\nZOHO_CLIENT_SECRET=${secret}\nZOHO_REFRESH_TOKEN=${token}\n`;
  // The cursor stands where to paste.
  await page.locator('textarea:focus').waitFor();
  await page.keyboard.insertText(content);
  await press(page, 'Import');
  await see(page, '“default” is connected.');
  await see(page, `The client ${id} that stood beside its token was saved as well.`);
  await see(page, 'Active');
  await page.goto(`${app.url}/setup`);
  expect(await page.getByLabel('Client ID').first().inputValue()).toBe(id);
});

it('shows how far a long import is, by itself, to the end', async () => {
  Object.assign(app.simulator.control.settings, { livingRefreshTokens: 1000, codesPerWindow: 1000 });
  const tokens = await refreshTokens(app, 30);
  app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 800, times: 30 });
  const { page } = await browser.visitor(`${app.url}/import`);
  await page
    .getByLabel('Refresh token, or a whole file')
    .fill(JSON.stringify(tokens.map((token) => ({ refresh_token: token }))));
  await press(page, 'Import');
  await page.getByRole('progressbar', { name: 'Tried' }).waitFor();
  await see(page, '30 of 30 are connected.');
});
