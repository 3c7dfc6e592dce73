import { inProcess, type TestApp } from '../../support/start';
import { formBody, send } from '../../support/http';
import { type Person, pathOf, someName } from '../../support/person';
import { owner, password } from '../../support/sign-in';

/** Ways to write "somewhere else" that have fooled checks of redirect targets. */
const elsewhere = [
  'https://evil.test/',
  '//evil.test',
  '///evil.test',
  '////evil.test/%2f..',
  '/\\evil.test',
  '\\\\evil.test',
  '/\t/evil.test',
  '/%09/evil.test',
  '/%5Cevil.test',
  '/%2Fevil.test',
  '/.evil.test',
  '/..//evil.test',
  '/%0d%0aLocation:%20https://evil.test',
  '\r\nLocation: https://evil.test',
  'https:evil.test',
  'https:/evil.test',
  'https://localhost@evil.test/',
  'https://evil.test#localhost',
  'https://evil.test?localhost',
  'http://localhost.evil.test/',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'ＨＴＴＰＳ://evil.test',
  'https://evil。test',
];
const names = ['next', 'rd', 'return', 'return_to', 'redirect', 'redirect_uri', 'url', 'continue', 'from', 'back'];
const everyName = (value: string): string => names.map((name) => `${name}=${encodeURIComponent(value)}`).join('&');

let app: TestApp;
let someone: Person;
let name: string;
beforeAll(async () => {
  app = await inProcess({ DASHBOARD_PASSWORD: password });
  Object.assign(app.simulator.control.settings, { codesPerWindow: 10_000 });
  someone = await owner(app);
  name = someName();
  await someone.connect({ name });
});
afterAll(() => app.stop());

const pages = [
  '/',
  '/login',
  '/setup',
  '/keys',
  '/keys/new',
  '/events',
  '/oauth/callback',
  '/connections/nobody',
  '/assets/app.css',
  '/healthz',
  '/nothing',
];

it.each(elsewhere)('%j leads nowhere, whatever page it is given to', async (target) => {
  for (const path of pages) {
    for (const headers of [{}, { Cookie: someone.cookie() }]) {
      const answer = await send(app.url, {
        path: `${path}?${everyName(target)}`,
        headers: { ...headers, Referer: target.replaceAll(/[^\x21-\x7e]/g, '') },
      });
      staysHere(answer.headers.location);
    }
  }
});

it.each(elsewhere)('%j leads nowhere, whatever form it is sent with', async (target) => {
  const more = Object.fromEntries(names.map((field) => [field, target]));
  for (const path of [`/connections/${name}/refresh`, '/flows/any/dismiss', '/keys']) {
    const form = formBody(more);
    const headers = { ...form.headers, Cookie: someone.cookie(), Origin: app.url, 'Sec-Fetch-Site': 'same-origin' };
    const answer = await send(app.url, {
      method: 'POST',
      path: `${path}?${everyName(target)}`,
      headers,
      body: form.body,
    });
    staysHere(answer.headers.location);
  }
});

it.each(elsewhere)('%j as the path leads nowhere', async (target) => {
  const written = target.replaceAll(/[^\x21-\x7e]/g, '');
  const path = written.startsWith('/') ? written : `/${written}`;
  for (const host of [new URL(app.url).host, new URL(app.url).host.replace('localhost', '127.0.0.1')]) {
    const headers = { Host: host, 'Sec-Fetch-Mode': 'navigate', Cookie: someone.cookie() };
    staysHere((await send(app.url, { path, headers })).headers.location);
  }
});

it('the connect form leads to Zoho’s accounts servers only, whatever was typed', async () => {
  app.advance(601);
  for (const dataCenter of ['', 'us', 'eu', 'ca', ...elsewhere]) {
    const answer = await someone.submit('/connect', { name: someName(), data_center: dataCenter });
    const location: unknown = answer.headers['location'];
    if (answer.status === 400) expect(location).toBeUndefined();
    else expect(Object.values(app.simulator.urls)).toContain(new URL(String(location)).origin);
    expect(answer.status).toBe(['', 'us', 'eu', 'ca'].includes(dataCenter) ? 303 : 400);
  }
});

it('the callback leads to the connection, whatever Zoho’s answer says', async () => {
  app.advance(601);
  const name = someName();
  const callback = pathOf(await someone.consent({ name }));
  const path = `${callback}${everyName('https://evil.test/')}`;
  const answer = await send(app.url, { path, headers: { Cookie: someone.cookie() } });
  expect(answer).toMatchObject({ status: 303, headers: { location: `/connections/${name}` } });
});

function staysHere(location: string | undefined): void {
  if (location === undefined) return;
  expect(new URL(location, app.url).origin).toBe(app.url);
  expect(location).not.toMatch(/^[/\\]{2}|^\/\\|[\t\r\n]/);
}
