import { press, see, startBrowser, type TestBrowser } from '../support/browser';
import { password } from '../support/sign-in';
import { inProcess, type TestApp } from '../support/start';

let browser: TestBrowser;
let app: TestApp;

beforeAll(async () => {
  [browser, app] = [await startBrowser(), await inProcess({ DASHBOARD_PASSWORD: password })];
});
afterAll(async () => {
  await browser.stop();
  await app.stop();
});
afterEach(() => browser.endVisits());

it.each([true, false])(
  'a customer connects by a link and sees nothing else (script: %s)',
  async (javaScriptEnabled) => {
    const url = await makeLink(`customer-${javaScriptEnabled}`);

    const { page } = await browser.visitor(url, { javaScriptEnabled });
    await see(page, 'Anna of Example Ltd.');
    expect(await page.getByRole('link').allInnerTexts()).toEqual(['Skip to the content']);
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Continue to Zoho']);
    await press(page, 'Continue to Zoho');
    await press(page, 'Reject');
    await see(page, 'You declined at Zoho, so nothing was connected.');
    await press(page, 'Continue to Zoho');
    await press(page, 'Accept');
    await page.waitForURL(url);
    await see(page, 'Done: your Zoho account is connected. You can close this page.');
    expect(await page.getByRole('button').count()).toBe(0);
  },
);

/** As the person at the dashboard does it, up to the address in the clipboard. */
async function makeLink(name: string): Promise<string> {
  const visitor = await browser.visitor(app.url);
  const { page } = visitor;
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
  await page.goto(`${app.url}/connect`);
  await page.getByText('Send somebody a link').click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Who asks').fill('Anna of Example Ltd., for the sales report');
  await press(page, 'Create link');
  await page.locator('svg.qr').waitFor();
  await press(page, 'Copy the Link');
  await page.getByText('Copied').first().waitFor();
  return visitor.clipboard();
}
