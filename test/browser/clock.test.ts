import { connect, see, startBrowser, type TestBrowser } from '../support/browser';
import { inProcess, type TestApp } from '../support/start';

let browser: TestBrowser;
let app: TestApp;
beforeAll(async () => {
  browser = await startBrowser();
  app = await inProcess();
});
afterAll(async () => {
  await browser.stop();
  await app.stop();
});
afterEach(() => browser.endVisits());

it('shows times in the zone of whoever looks, and UTC on hover', async () => {
  const { page } = await browser.visitor(app.url, { timezoneId: 'Asia/Kolkata' });
  await connect(page);
  await page.goto(`${app.url}/events`);
  const time = page.locator('time[data-clock]').first();
  const utc = new Date((await time.getAttribute('datetime')) ?? '');
  const there = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Asia/Kolkata' }).format(utc);
  await time.getByText(there).waitFor();
  expect(await time.getAttribute('title')).toBe(`${utc.toISOString().slice(0, 19).replace('T', ' ')} UTC`);
});

it('says UTC where no script runs', async () => {
  const { page } = await browser.visitor(`${app.url}/events`, { javaScriptEnabled: false });
  expect(await page.locator('time[data-clock]').first().textContent()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
});

it('goes on with its words as time passes, by the server’s clock', async () => {
  const { page } = await browser.visitor(app.url);
  // An hour slow, as clocks of laptops may be.
  await page.clock.install({ time: Date.now() - 3_600_000 });
  await page.goto(`${app.url}/events`);
  await see(page, 'just now');
  await page.clock.fastForward('05:00');
  await see(page, '5 minutes ago');
});
