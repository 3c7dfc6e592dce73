import type { Page } from 'playwright-core';
import { catalogueProducts } from '../../src/zoho/scope-catalogue';
import { press, see, startBrowser, type TestBrowser } from '../support/browser';
import { inProcess, type TestApp } from '../support/start';

const catalogue = catalogueProducts.flatMap(({ resources }) =>
  resources.flatMap(({ scopes }) => scopes.map(({ name }) => name)),
);

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
beforeEach(() => app.advance(601)); // Zoho gives out ten grant codes in ten minutes.
afterEach(() => browser.endVisits());

async function picker(): Promise<Page> {
  return (await browser.visitor(`${app.url}/connect`)).page;
}

/** What the form would send. */
function ticked(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('[name="scope"]:checked')].map(({ value }) => value)`);
}

it('shows every scope of the catalogue after three letters typed, within the first rows', async () => {
  const page = await picker();
  expect(await page.evaluate<string>('document.activeElement.id')).toBe('search');

  // Types the first letters of each resource's name and finds each of its scopes among what is to be seen then.
  const places = await page.evaluate<Record<string, number>>(`(() => {
    const search = document.getElementById('search');
    const rows = [...document.querySelectorAll('.tile fieldset')];
    const queries = Map.groupBy(rows, (row) => row.querySelector('legend').textContent.toLowerCase().slice(0, 3).trim());
    const places = {};
    for (const [query, own] of queries) {
      search.value = query;
      search.dispatchEvent(new Event('input'));
      const seen = [...document.querySelectorAll('.tile fieldset')].filter((row) => row.checkVisibility());
      for (const row of own) for (const box of row.querySelectorAll('input')) places[box.value] = seen.indexOf(row);
    }
    return places;
  })()`);

  expect(Object.keys(places).toSorted()).toEqual(catalogue.toSorted());
  expect(Object.entries(places).filter(([, place]) => place === -1)).toEqual([]);
  expect(Math.max(...Object.values(places))).toBeLessThan(30);
});

it('ticks every scope of the catalogue by two clicks: its product, and itself', async () => {
  const page = await picker();
  await page.getByRole('button', { name: 'Nothing', exact: true }).first().click();

  const missed = await page.evaluate<string[]>(`[...document.querySelectorAll('.tile')].flatMap((tile) => {
    tile.querySelector('summary').click();
    return [...tile.querySelectorAll('input')].flatMap((box) => {
      const isSeen = box.checkVisibility();
      box.parentElement.click();
      return isSeen && box.checked ? [] : box.value;
    });
  })`);

  expect(missed).toEqual([]);
  expect((await ticked(page)).toSorted()).toEqual(catalogue.toSorted());
  await see(page, `${catalogue.length} scopes`);
});

it('is worked by the keyboard alone: search, arrows, Space, and on to Zoho with Enter', async () => {
  const page = await picker();
  await page.keyboard.type('inv');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  expect(await page.evaluate<string>('document.activeElement.id')).toBe('search');
  await page.keyboard.type('des tic');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Space');
  expect(await ticked(page)).toEqual(expect.arrayContaining(['Desk.tickets.READ']));
  expect((await ticked(page)).filter((scope) => scope.includes('nvoice'))).toHaveLength(1);

  // In the search Enter leads to what was found, in every other field it sends the form.
  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await page.getByLabel('Name').focus();
  await page.keyboard.type('by-keys');
  await page.keyboard.press('Enter');
  await press(page, 'Accept');
  await see(page, '“by-keys” is connected.');
});

it('ticks a preset and a level at once, and says what is chosen', async () => {
  const page = await picker();
  await press(page, 'Desk tickets');
  expect((await ticked(page)).toSorted()).toEqual([
    'AaaServer.profile.Read',
    'Desk.basic.READ',
    'Desk.contacts.READ',
    'Desk.tickets.ALL',
  ]);
  await page.locator('summary', { hasText: /^Mail/ }).click();
  await page.locator('.tile[open]').getByRole('button', { name: 'Read', exact: true }).click();
  expect(await ticked(page)).toContain('ZohoMail.messages.READ');
  await page.locator('.tile[open]').getByRole('button', { name: 'Nothing' }).click();
  await see(page, '4 scopes');
  await page.getByText('4 scopes').click();
  await see(page, 'Desk.tickets.ALL');
  expect(page.url()).toBe(`${app.url}/connect`);
});

it('changes the scopes of a connection without script: ticks, difference, consent', async () => {
  const { page } = await browser.visitor(`${app.url}/connect`, { javaScriptEnabled: false });
  await page.getByLabel('Name').fill('quiet');
  await press(page, 'CRM, read only');
  expect(await page.getByLabel('Name').inputValue()).toBe('quiet');
  await press(page, 'Connect Zoho');
  await press(page, 'Accept');
  await page.goto(`${app.url}/connections/quiet`);
  await page.getByRole('link', { name: 'Change scopes' }).click();
  await page.locator('summary', { hasText: /^Desk/ }).click();
  await page
    .getByRole('group', { name: /^tickets/ })
    .getByLabel('Read')
    .check();
  await press(page, 'Review');
  await see(page, 'Added 1');
  await see(page, 'Kept 5');
  await press(page, 'Go to Zoho');
  await press(page, 'Accept');
  await see(page, '“quiet” is connected again.');
});

it('asks about a slip before Zoho does, and takes the suggestion at one press', async () => {
  // Its console reports the answer 400.
  const page = await browser.stranger();
  await page.goto(`${app.url}/connect`);
  await page.getByText('Other scopes, or a list to paste').click();
  await page.getByLabel('Scopes in your own words').fill('ZohoDesk.tickets.READ');
  await page.getByLabel('Name').fill('slip');
  await press(page, 'Connect Zoho');
  await see(page, 'No known scope begins with “ZohoDesk”.');
  await press(page, 'Use Desk.tickets.READ');
  await press(page, 'Accept');
  await see(page, '“slip” is connected.');
});
