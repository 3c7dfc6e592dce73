import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express } from 'express';
import { createApp } from '../../src/app';
import { readConfig } from '../../src/config/config';
import { send } from '../support/http';
import { openLive } from '../support/live';
import { type PathProxy, startPathProxy } from '../support/path-proxy';
import { formOf, pathOf, type Person, person } from '../support/person';
import { someKey } from '../support/program';
import { routeTable } from '../support/route-table';
import { owner, password } from '../support/sign-in';
import { freePort } from '../support/site';
import { inProcess, runCommand, type TestApp } from '../support/start';

const base = '/zoho';

describe.each([{ strips: true }, { strips: false }])('below a path of a host, where %j', ({ strips }) => {
  let app: TestApp;
  let proxy: PathProxy;
  let url: string;
  let someone: Person;
  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}${base}`;
    app = await inProcess({
      BASE_URL: url,
      ZOHO_REDIRECT_URI: `${url}/oauth/callback`,
      DASHBOARD_PASSWORD: password,
      TRUSTED_PROXIES: '127.0.0.1,::1',
    });
    proxy = await startPathProxy(port, base, app.config.port, strips);
    someone = await owner({ ...app, url });
    await someone.connect({ name: 'crm' });
  });
  afterAll(async () => {
    expect(proxy.strayed).toEqual([]);
    proxy.close();
    await app.stop();
  });

  it('whoever has to sign in first comes back to the page that was asked for', async () => {
    const stranger = person({ ...app, url });
    const { headers } = await stranger.open('/connections/crm?a=b');
    expect(headers['location']).toBe(`${base}/login?next=%2Fconnections%2Fcrm%3Fa%3Db`);
    const fields = { password, next: '/connections/crm?a=b' };
    const answer = await stranger.submit('/login', fields, '/login');
    expect(answer.headers['location']).toBe(`${base}/connections/crm?a=b`);
  });

  it('cookies are for this path alone', async () => {
    const { headers } = await person({ ...app, url }).submit('/login', { password }, '/login');
    for (const cookie of headers['set-cookie'] as unknown as string[]) expect(cookie).toContain(`Path=${base};`);
  });

  it('links for outsiders lead to it and work', async () => {
    await someone.submit('/links', { name: 'theirs' }, '/links');
    const { text } = await someone.visit('/links');
    const [link = ''] = /http[^<"]*\/links\/[\w-]{43}/.exec(text) ?? [];
    expect(link.startsWith(`${url}/links/`)).toBe(true);
    const outsider = person({ ...app, url });
    const { headers } = await outsider.submit(`${pathOf(link)}/connect`, {}, pathOf(link));
    const back = app.simulator.control.authorize(headers['location'] as string, { accept: true });
    expect((await outsider.visit(pathOf(back))).status).toBe(200);
  });

  it('open pages hear what changed', async () => {
    const live = await openLive(url, someone.cookie());
    await live.hears('*');
    live.close();
  });

  it('programs get tokens, call Zoho, and read where the API is', async () => {
    const headers = { Authorization: `Bearer ${await someKey(app.server.store)}` };
    const get = (path: string) => send(url, { path: `${base}/api/v1${path}`, headers });
    expect((await get('/connections/crm/token')).status).toBe(200);
    expect((await get('/connections/crm/proxy/crm/v8/users?type=CurrentUser')).status).toBe(200);
    const described = JSON.parse((await get('/openapi.json')).body) as { servers: object[] };
    expect(described.servers).toEqual([{ url }]);
  });

  it('commands elsewhere find it by its address', async () => {
    const remote = { KEEPER_URL: `${url}/`, KEEPER_KEY: await someKey(app.server.store) };
    expect(await runCommand(app, ['token', 'crm'], remote)).toMatchObject({ code: 0 });
  });

  // Presses every button, so it comes last.
  it('no link, form or redirect of any page leads out of it', async () => {
    await someone.submit('/connect', { name: 'waiting' });
    await someone.submit('/keys', { name: 'reports', scope: 'all' }, '/keys/new');
    const seen = new Set<string>();
    const forms = new Map<string, Record<string, string>>();
    const queue = [`${base}/`, `${base}/nowhere`];
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const answer = await ask(path);
      expect([path, answer.status < 500]).toEqual([path, true]);
      requireInside(path, [answer.headers.location ?? base]);
      if (!String(answer.headers['content-type']).startsWith('text/html')) continue;
      const { links, actions } = addressesOf(answer.body);
      requireInside(path, [...links, ...actions]);
      queue.push(...links.filter((link) => link.startsWith('/')));
      for (const action of actions) {
        if (!forms.has(action)) forms.set(action, fieldsOf(answer.body, action));
      }
    }
    expect(seen.size).toBeGreaterThan(25);
    expect(forms.size).toBeGreaterThan(15);

    forms.delete(`${base}/logout`);
    for (const [action, fields] of [...forms, [`${base}/logout`, {}] as const]) {
      const answer = await ask(action, fields);
      requireInside(action, [answer.headers.location ?? base, ...addressesOf(answer.body).links]);
    }
  });

  async function ask(path: string, form?: Record<string, string>) {
    const headers = { Cookie: someone.cookie(), 'Sec-Fetch-Site': 'same-origin' };
    if (form === undefined) return send(url, { path, headers });
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    return send(url, {
      method: 'POST',
      path,
      headers: { ...headers, ...type },
      body: String(new URLSearchParams(form)),
    });
  }
});

it('what the Keeper’s own paths begin with is no path to be below of', async () => {
  const app = await inProcess();
  const express: Express = createApp(app.server.keeper);
  const firsts = new Set(routeTable(express).map(({ path }) => path.split('/')[1] ?? ''));
  await app.stop();
  expect(firsts.size).toBeGreaterThan(10);
  for (const first of [...firsts, 'assets'].filter((word) => /^\w/.test(word))) {
    expect(() => readConfig({ BASE_URL: `http://localhost/${first}` })).toThrow(/BASE_URL has a path/);
  }
});

it('no script and no handler writes an address that the path would be missing from', () => {
  const root = join(__dirname, '../..');
  const lines = (folder: string, ending: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(ending))
      .flatMap((file) => readFileSync(join(root, folder, file), 'utf8').split('\n'));

  expect(lines('public', '.js').filter((line) => /['"`]\/\w/.test(line))).toEqual([]);
  expect(lines('src/web', '.ts').filter((line) => /path: '\/'|set\('Location|writeHead/i.test(line))).toEqual([]);
  // Only these attributes are looked at, and only with quotation marks.
  const others = /(?<!href|src|action)=["']\/\w|(?:href|src|action)=['/]/;
  expect(lines('views', '.ejs').filter((line) => others.test(line))).toEqual([]);
});

function requireInside(page: string, addresses: readonly string[]): void {
  const strays = addresses.filter((link) => /^\/(?!\/)/.test(link) && !/^\/zoho([/?]|$)/.test(link));
  expect({ page, strays }).toEqual({ page, strays: [] });
}

function addressesOf(html: string): { links: string[]; actions: string[] } {
  const found = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, text = '']) => text.replaceAll('&amp;', '&'));
  return { links: found(/(?:href|src)="([^"]*)"/g), actions: found(/action="([^"]*)"/g) };
}

function fieldsOf(html: string, action: string): Record<string, string> {
  return html.includes(` action="${action}"`) ? formOf(html, action) : {};
}
