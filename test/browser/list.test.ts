import { saveDetails } from '../../src/store/connection-details';
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

it('shows a broken one on a phone without anything in its way, however long its label', async () => {
  const row = await added(app.server.store, { name: 'a'.repeat(64) });
  const details = { name: row.name, label: 'A label that goes on and on '.repeat(3).trim(), note: '', tags: [] };
  await saveDetails(app.server.store, row.id, details);
  const broken = { status: 'needs_reconnect', error_code: 'invalid_code' } as const;
  await app.server.store.db.updateTable('connections').set(broken).where('id', '=', row.id).execute();
  const { page } = await browser.visitor(app.url, { javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const line = page.locator(`#c-${row.name}`);
  const places: { x: number; y: number; width: number; height: number }[] = [];
  for (const part of ['.status', 'p >> nth=0', 'p >> nth=1', 'button.filled', 'abbr', '.menu > summary', '.strip']) {
    const place = await line.locator(part).boundingBox();
    if (place) places.push(place);
  }
  expect(places).toHaveLength(7);
  // What stands around a name for the outline of the focus is 4 px.
  const touches = (one: number, length: number, other: number): boolean => one + length - 5 > other;
  const overlapping = places.flatMap((one) =>
    places.filter(
      (other) =>
        other !== one &&
        touches(one.x, one.width, other.x) &&
        touches(other.x, other.width, one.x) &&
        touches(one.y, one.height, other.y) &&
        touches(other.y, other.height, one.y),
    ),
  );
  expect(overlapping).toEqual([]);
  expect(places[1]?.height).toBeLessThan(40);
});

it('keeps the button that connects above the navigation of a phone', async () => {
  const { page } = await browser.visitor(`${app.url}/connect`, { viewport: { width: 320, height: 640 } });
  await page.evaluate('scrollTo(0, 0)');
  await page.getByRole('button', { name: 'Connect Zoho' }).click({ trial: true, timeout: 2000 });
});

it.each(['/connections/crm-10/edit', '/connections/crm-10/revoke', '/alerts/some/edit', '/clients/some/secrets'])(
  'leads from the address of a form that was refused to its page: %s',
  async (path) => {
    const { page } = await browser.visitor(app.url);
    await page.goto(app.url + path);
    expect(path).toContain(new URL(page.url()).pathname);
    expect(await page.title()).not.toContain('Not found');
  },
);

it('says what time the strips and the graph are of, and has no graph where there is nothing to show', async () => {
  const empty = await browser.visitor(app.url, { javaScriptEnabled: false });
  expect(await empty.page.locator('.summary .axis').count()).toBe(0);
  await app.server.store.db
    .insertInto('token_totals')
    .values({ hour: new Date().toISOString().slice(0, 13), count: 3 })
    .execute();
  const { page } = await browser.visitor(app.url, { javaScriptEnabled: false });
  expect(await page.locator('.summary .axis > span').allTextContents()).toEqual(['24 h ago', '12 h ago', 'now']);
  const [axis, strip] = [page.locator('.list-axis .axis'), page.locator('.list .strip').first()];
  const places = await Promise.all([axis.boundingBox(), strip.boundingBox()]);
  expect(places[0]).toMatchObject({ x: places[1]?.x, width: places[1]?.width });
});
