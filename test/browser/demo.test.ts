import { createServer } from 'node:net';
import { runDemo } from '../../src/commands/demo';
import { see, press, startBrowser, type TestBrowser } from '../support/browser';
import { freePort } from '../support/site';
import { listLog } from '../support/start';

let browser: TestBrowser;
let demo: Awaited<ReturnType<typeof runDemo>> | undefined;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.stop());
afterEach(async () => {
  await browser.endVisits();
  await demo?.close();
});

/** Starts a demo, and says where the Keeper and its Zoho are. */
async function start(withConnections = false): Promise<{ keeper: string; zoho: string }> {
  demo = await runDemo(String(await freePort()), listLog([]), withConnections);
  const [keeper = '', zoho = ''] = demo.words.match(/http:\/\/\S+/g) ?? [];
  return { keeper, zoho };
}

it('leads to a copied token in three clicks, under a band that says what this is', async () => {
  const { keeper } = await start();
  const visitor = await browser.visitor(keeper);
  const { page } = visitor;
  await press(page, 'Connect Zoho');
  await press(page, 'Accept');
  await press(page, 'Copy access token');
  await see(page, 'Copied');
  expect(await visitor.clipboard()).toMatch(/^1000\.[\da-f]{32}\.[\da-f]{32}$/);
  for (const path of ['/', '/keys', '/setup']) {
    await page.goto(keeper + path);
    await see(page, 'Demo: nothing is kept.');
  }
});

it('has buttons for what may happen at Zoho, each undone by another press', async () => {
  const { keeper, zoho } = await start();
  const { page } = await browser.visitor(keeper);
  const desk = await page.context().newPage();
  await desk.goto(zoho);
  await press(page, 'Connect Zoho');
  await press(page, 'Accept');
  const refresh = async (words: string): Promise<void> => {
    await press(page, 'Refresh now');
    await see(page, words);
  };

  await press(desk, 'Zoho down');
  await refresh('“default” was not refreshed.');
  await press(desk, 'Zoho up again');
  await refresh('“default” has a new access token');

  await press(desk, 'An hour later');
  await page.reload();
  expect(await page.getByText('59 min').count()).toBe(0);
  await press(desk, 'Back to now');

  await press(desk, 'Revoke all tokens');
  await press(desk, 'Give the tokens back');
  await press(desk, 'Too many requests');
  await page.goto(`${keeper}/connections/default`);
  await refresh('“default” was not refreshed.');
  await press(desk, 'Enough waited');
  await desk.getByText(': on.').waitFor({ state: 'detached' });
});

it('shows connections in every state, with a month behind them, on demand', async () => {
  const { keeper } = await start(true);
  const { page } = await browser.visitor(keeper);
  for (const words of ['Active', 'Waiting', 'Disconnected', 'books-india']) await see(page, words);
  await see(page, 'Broken');
  await page.goto(`${keeper}/connections/crm`);
  expect(await page.locator('time').count()).toBeGreaterThan(20);
}, 60_000);

it('takes the next port when somebody has the usual one', async () => {
  const holder = createServer();
  const isOurs = await new Promise<boolean>((resolve) => {
    holder.once('error', () => resolve(false));
    holder.listen(3000, '127.0.0.1', () => resolve(true));
  });
  demo = await runDemo(undefined, listLog([]));
  const [url = ''] = demo.words.match(/http:\/\/localhost:\d+/) ?? [];
  expect(Number(new URL(url).port)).toBeGreaterThan(3000);
  expect((await fetch(url)).status).toBe(200);
  if (isOurs) holder.close();
});
