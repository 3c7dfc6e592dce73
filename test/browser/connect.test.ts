import type { SimulatedRequest } from '../../src/simulator/simulator';
import { inProcess, type TestApp } from '../support/start';
import { someScopes } from '../support/scopes';
import { button, connect, press, see, startBrowser, type TestBrowser } from '../support/browser';

let browser: TestBrowser;
let app: TestApp;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.stop());
beforeEach(async () => {
  app = await inProcess();
});
afterEach(async () => {
  await browser.endVisits();
  await app.stop();
});

it('connects at one click and one consent, and shows a living connection', async () => {
  const { page } = await browser.visitor(app.url);

  await connect(page);

  expect(page.url()).toBe(`${app.url}/`);
  await see(page, 'Active');
  await see(page, 'United States');
  await see(page, '60 min');
});

it('goes on to Zoho by itself when the address is too long for a redirect', async () => {
  const { page } = await browser.visitor(app.url);
  await page.getByText('Options').click();
  await page.getByLabel('Scopes').fill(someScopes(90));
  await press(page, 'Connect Zoho');
  await page.waitForURL(`${app.simulator.urls.us}/**`);
  await page.goBack();
  expect(page.url()).toBe(`${app.url}/`);
});

it('copies the access token and the refresh token, which the page does not hold', async () => {
  const visitor = await browser.visitor(app.url);
  const { page } = visitor;
  await connect(page);
  const [access, refresh] = [newest('access_token'), newest('refresh_token')];

  await press(page, 'Copy access token');
  await button(page, 'Copied').waitFor();
  expect(await visitor.clipboard()).toBe(access);
  await button(page, 'Copied').waitFor({ state: 'hidden' });
  await press(page, 'Copy refresh token');
  await button(page, 'Copied').waitFor();
  expect(await visitor.clipboard()).toBe(refresh);

  expect(page.url()).toBe(`${app.url}/`);
  const kept = await page.evaluate<string>('document.documentElement.outerHTML + JSON.stringify({ ...localStorage })');
  expect(kept).not.toContain(access);
  expect(kept).not.toContain(refresh);
});

it('refreshes at the press of a button and says so', async () => {
  const visitor = await browser.visitor(app.url);
  const { page } = visitor;
  await connect(page);
  const before = newest('access_token');

  await press(page, 'Refresh now');

  await see(page, '“default” has a new access token');
  await press(page, 'Copy access token');
  await button(page, 'Copied').waitFor();
  expect(await visitor.clipboard()).toBe(newest('access_token'));
  expect(newest('access_token')).not.toBe(before);
});

it('says why refreshes fail and leads to reconnecting', async () => {
  const { page } = await browser.visitor(app.url);
  await connect(page);
  app.simulator.control.revokeToken(newest('refresh_token'));

  await press(page, 'Refresh now');
  await see(page, '“default” was not refreshed.');
  await see(page, 'Waiting');
  app.advance(61);
  await press(page, 'Refresh now');
  await see(page, 'Broken');
  await press(page, 'Reconnect');
  await press(page, 'Accept');

  await see(page, '“default” is connected again.');
  await see(page, 'Active');
});

it('takes a refusal calmly and connects at the next try', async () => {
  const { page } = await browser.visitor(app.url);
  await press(page, 'Connect Zoho');
  await press(page, 'Reject');

  await see(page, 'You declined at Zoho, so nothing was connected.');
  expect(app.simulator.control.count({ endpoint: 'token' })).toBe(0);
  await connect(page);
  await see(page, 'Active');
});

it('does not spend the grant code again when the callback is opened again', async () => {
  const { page } = await browser.visitor(app.url);
  const callback = page.waitForRequest((request) => request.url().includes('/oauth/callback'));
  await connect(page);

  await page.goto((await callback).url());
  await see(page, 'Active');
  await page.goBack();
  await page.goForward();
  await page.reload();

  await see(page, 'Active');
  expect(page.url()).not.toContain('code=');
  expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(1);
});

it('asks before it disconnects, then revokes at Zoho', async () => {
  const { page } = await browser.visitor(app.url);
  await connect(page);
  const token = newest('refresh_token');

  await press(page, 'Disconnect');
  await press(page, 'Cancel');
  expect(app.simulator.control.count({ endpoint: 'revoke' })).toBe(0);
  await press(page, 'Disconnect');
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();

  await see(page, 'Disconnected');
  expect(revoked()).toContain(token);
  expect(await button(page, 'Copy access token').count()).toBe(0);
});

it('counts the life of the access token down to its end', async () => {
  const { page } = await browser.visitor(app.url);
  await page.clock.install();
  await connect(page);

  await page.clock.runFor(2000);
  const life = page.locator('time[data-minutes]');
  expect(await life.textContent()).toBe('60 min');
  await page.clock.fastForward(3_600_000);
  expect(await life.textContent()).toBe('renewing');
});

describe('without script', () => {
  it('does the whole job but copying and counting', async () => {
    const { page } = await browser.visitor(app.url, { javaScriptEnabled: false });
    await connect(page);
    await see(page, '60 min');

    await press(page, 'Show refresh token');
    expect(await page.getByLabel('refresh token').inputValue()).toBe(newest('refresh_token'));
    await page.getByRole('link', { name: '← default' }).click();
    await press(page, 'Refresh now');
    await see(page, '“default” has a new access token');
    await see(page, 'New access token');
    await press(page, 'Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();

    await see(page, '“default” was deleted');
    expect(app.simulator.control.livingRefreshTokens()).toEqual([]);
  });
});

/** The token of that kind that the simulated Zoho made last. */
function newest(kind: 'access_token' | 'refresh_token'): string {
  return (
    app.simulator.control
      .minted()
      .filter((secret) => secret.kind === kind)
      .at(-1)?.value ?? ''
  );
}

function revoked(): (string | undefined)[] {
  const tokenOf = ({ form, query }: SimulatedRequest) => form['token'] ?? query['token'];
  return app.simulator.control.requests({ endpoint: 'revoke' }).map(tokenOf);
}
