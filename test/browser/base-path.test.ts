import { see, startBrowser } from '../support/browser';
import { startPathProxy } from '../support/path-proxy';
import { person } from '../support/person';
import { added } from '../support/rows';
import { freePort } from '../support/site';
import { inProcess } from '../support/start';

it('below a path of a host, a browser asks for nothing outside of it, and pages keep themselves up to date', async () => {
  const port = await freePort();
  const url = `http://localhost:${port}/zoho`;
  const app = await inProcess({ BASE_URL: url, ZOHO_REDIRECT_URI: `${url}/oauth/callback` });
  const proxy = await startPathProxy(port, '/zoho', app.config.port, false);
  const browser = await startBrowser();

  const someone = person({ ...app, url: `${app.url}/zoho` });
  await someone.connect({ name: 'shop' });
  for (let n = 0; n < 60; n++) await added(app.server.store, { name: `customer-${n}` });
  const { page } = await browser.visitor(`${url}/connections/shop`);
  const said = page.locator('.status, .pill').filter({ hasText: 'Disconnected' });
  await page.waitForRequest((request) => request.resourceType() === 'xhr').catch(() => undefined);
  await someone.submit('/connections/shop/revoke', {}, '/connections/shop');
  await said.first().waitFor();

  await page.goto(`${url}/keys/new`);
  const found = page.waitForResponse(`${url}/keys/new?q=sh`);
  await page.getByRole('searchbox').fill('sh');
  expect((await found).status()).toBe(200);
  await page.goto(url);
  await see(page, 'customer-1');

  await browser.endVisits();
  await browser.stop();
  expect(proxy.strayed).toEqual([]);
  proxy.close();
  await app.stop();
});
