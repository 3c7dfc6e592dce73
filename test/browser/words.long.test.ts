import type { Page } from 'playwright-core';
import { inProcess, type TestApp } from '../support/start';
import { person } from '../support/person';
import { press, see, startBrowser, type TestBrowser } from '../support/browser';

let browser: TestBrowser;
let app: TestApp;

describe('words from outside', () => {
  const run = 'window.ran=1;alert(1)';
  const payloads = [
    `<script>${run}</script>`,
    `"><script>${run}</script>`,
    `'><script>${run}</script>`,
    `</title><script>${run}</script>`,
    `</textarea><script>${run}</script>`,
    `</option></select><script>${run}</script>`,
    `<img src=x onerror="${run}">`,
    `"><img src=x onerror=${run}>`,
    `<svg onload="${run}">`,
    `<svg><script>${run}</script></svg>`,
    `" autofocus onfocus="${run}" x="`,
    `' autofocus onfocus='${run}' x='`,
    `" onmouseover=${run} "`,
    `<details open ontoggle="${run}">`,
    `<iframe srcdoc="<script>parent.ran=1</script>"></iframe>`,
    `<a href="javascript:${run}" id="said">x</a>`,
    `<math><mtext></form><form><mglyph><style></math><img src onerror=${run}>`,
    `<%= process.env %><%- '<script>${run}</script>' %>`,
    `-->\u2028<script>${run}</script>`,
    `&lt;script&gt;${run}&lt;/script&gt;`,
    `\u0000<scr\u0000ipt>${run}</scr\u0000ipt>`,
    `<base href="//evil.test/">`,
    `<meta http-equiv="refresh" content="0;url=//evil.test/">`,
    `<style>@import "//evil.test/"</style>`,
  ];

  beforeAll(async () => {
    [browser, app] = [await startBrowser(), await inProcess()];
    const { control } = app.simulator;
    const someone = person(app);
    for (const [index, payload] of payloads.entries()) {
      if (index % 8 === 0) app.advance(601); // Zoho gives out ten grant codes in ten minutes.
      const [zuid, email] = [9_000_000 + index, `${payload}@example.com`];
      const names = { firstName: payload, lastName: payload, displayName: payload, organisation: payload };
      control.addUser({ zuid, email, ...names, orgId: String(zuid), dataCenter: 'us' });
      const scopes = 'AaaServer.profile.Read,ZohoCRM.org.READ,ZohoCRM.users.READ';
      await someone.connect({ name: `c-${index}`, zuid, scopes });
    }
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser.stop();
    await app.stop();
  });

  /** Separators of lines and paragraphs are no part of a name. */
  function bare(text: string | null): string {
    return (text ?? '').replaceAll(/\s/g, '');
  }

  /** Addresses that put the payload into fields of the filter, and into one of the places that an error page repeats. */
  function addresses(payload: string, index: number): string[] {
    const text = encodeURIComponent(payload);
    const errors = [
      `/oauth/callback?error=${text}&error_description=${text}&state=${text}&location=${text}`,
      `/connections/${text}`,
      `/${text}`,
      `/connections/c-0?${text}`,
    ];
    const filter = `/events?subject=${text}&actor=${text}&since=${text}&action=${text}`;
    return [filter, errors[index % errors.length] ?? filter];
  }

  /** What the words did to the page; empty when they stayed words. */
  function harm(page: Page): Promise<string[]> {
    return page.evaluate<string[]>(`[
      ...(window.ran ? ['ran'] : []),
      ...[...document.scripts].filter((script) => !script.src.startsWith(location.origin + '/assets/')).map(() => 'script'),
      ...[...document.querySelectorAll('*')].flatMap((element) => element.getAttributeNames())
        .filter((name) => name.startsWith('on') || name === 'style' || name === 'srcdoc'),
      ...[...document.querySelectorAll('iframe, svg:not([class]), math, base, style, img:not([src^="/assets/"])')].map((e) => e.tagName),
      ...[...document.querySelectorAll('[href], [action]')].map((e) => e.getAttribute('href') ?? e.getAttribute('action'))
        .filter((href) => !/^([/#]|https?:)/.test(href) || href.startsWith('//')),
      ...(document.querySelector('meta[http-equiv]') ? ['meta'] : []),
    ]`);
  }

  it.each([
    ['on', false],
    ['off, so that nothing but the escaping holds', true],
  ])('stay words on every page, with the Content-Security-Policy %s', async (_policy, bypassCSP) => {
    const page = await browser.stranger({ bypassCSP });
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(page.url());
      void dialog.dismiss();
    });
    const reports: string[] = [];
    page.on('console', (message) => {
      if (/Content.Security.Policy|Trusted/i.test(message.text())) reports.push(message.text());
    });
    const shown = ['/', '/events', ...payloads.map((_, index) => `/connections/c-${index}`)];
    for (const path of bypassCSP ? [...shown, ...payloads.flatMap(addresses)] : shown) {
      await page.goto(app.url + path, { waitUntil: 'domcontentloaded' });
      expect([path, ...(await harm(page))]).toEqual([path]);
    }
    await page.goto(`${app.url}/`);
    const text = bare(await page.locator('main').textContent());
    for (const payload of payloads.slice(0, 19)) expect(text).toContain(bare(payload));
    expect(dialogs).toEqual([]);
    expect(reports).toEqual([]);
  });

  it('stay words in a form that is shown again', async () => {
    const page = await browser.stranger({ bypassCSP: true });
    for (const payload of payloads.slice(0, 6)) {
      await page.goto(app.url);
      await page.locator('details.another > summary').click();
      await page.locator('#name').fill(payload);
      await page.getByLabel('Scopes').first().fill(payload);
      await press(page, 'Connect Zoho');
      await see(page, 'Use 1 to 64');
      expect(await page.locator('#name').inputValue()).toBe(payload.replaceAll('\u0000', ''));
      expect(await harm(page)).toEqual([]);
    }
  });
});
