import { button, see, startBrowser, type TestBrowser } from '../support/browser';
import { person } from '../support/person';
import { program, tokenPath } from '../support/program';
import { added } from '../support/rows';
import { inProcess, type TestApp } from '../support/start';

let browser: TestBrowser;
let app: TestApp;
beforeAll(async () => {
  [browser, app] = [await startBrowser(), await inProcess()];
  await person(app).connect({ name: 'shop' });
  for (let n = 0; n < 120; n++) await added(app.server.store, { name: `customer-${n}` });
});
afterAll(async () => {
  await browser.stop();
  await app.stop();
});
afterEach(() => browser.endVisits());

const sizes = [
  { width: 320, height: 640 },
  { width: 1280, height: 800 },
];

it.each(sizes)('a key is created, copied and put to use by keyboard alone, at %j', async (viewport) => {
  const visitor = await browser.visitor(`${app.url}/keys/new`, { viewport });
  const { page } = visitor;
  const { keyboard } = page;
  const tab = (times: number): Promise<void> => pressed('Tab', times);
  async function pressed(key: string, times: number): Promise<void> {
    for (let time = 0; time < times; time++) await keyboard.press(key);
  }

  // The name has the focus; then come days, rights and the search.
  await keyboard.type('by keyboard');
  await tab(3);
  await keyboard.type('customer-77');
  await page.locator('#found label').nth(1).waitFor({ state: 'detached' });
  await keyboard.press('ArrowDown');
  await keyboard.press('Space');
  await page.locator('#q').focus();
  await pressed('Backspace', 11);
  await keyboard.type('shop');
  // What was ticked stays.
  await page.locator('#chosen input:checked[value="customer-77"]').waitFor();
  await page.locator('#found [value="shop"]').waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Space');
  await page.locator('#name').focus();
  await keyboard.press('Enter');

  await page.waitForURL(/\/keys\/[a-z0-9]{10}$/);
  await see(page, 'Your new key');
  // The button that copies it has the focus.
  await keyboard.press('Enter');
  await button(page, 'Copy the API key').and(page.getByText('Copied')).waitFor();
  const key = await visitor.clipboard();
  const script = program(app.url, key);
  expect((await script.get(tokenPath('shop'))).status).toBe(200);
  const list = (await script.get('/api/v1/connections')).body['connections'];
  expect(list).toMatchObject([{ name: 'customer-77' }, { name: 'shop' }]);
  script.stop();

  // Behind Revoke stand the tabs, which go by the arrow keys.
  await tab(2);
  await pressed('ArrowRight', 2);
  expect(await page.locator('.tabs > div:visible pre').getAttribute('id')).toBe('example-node');
  await tab(2);
  await keyboard.press('Enter');
  await button(page, 'Copy the Node example').and(page.getByText('Copied')).waitFor();
  expect(await visitor.clipboard()).toBe(await page.locator('#example-node').textContent());

  await page.reload();
  await see(page, 'is not shown again');
  expect(await page.content()).not.toContain(key);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
});

it('a key is created without script', async () => {
  const { page } = await browser.visitor(`${app.url}/keys/new`, { javaScriptEnabled: false });
  await page.getByLabel('Name', { exact: true }).fill('without script');
  await page.getByLabel('Search connections by name, label, account or tag').fill('shop');
  await button(page, 'Search').click();
  await page.getByLabel('shop', { exact: true }).check();
  await page.getByLabel('Search connections by name, label, account or tag').fill('customer-11');
  await page.keyboard.press('Enter');
  await page.getByLabel('customer-119').check();
  await button(page, 'Create key').click();
  await see(page, 'Your new key');
  await see(page, 'customer-119');
  await page.getByText('Python').click();
  await see(page, 'import json, os, urllib.request');
  expect(await page.locator('#example-shell').isVisible()).toBe(false);
});
