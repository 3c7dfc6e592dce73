import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import supertest from 'supertest';
import { readConfig } from '../../../src/config/config';
import { startServer } from '../../../src/server';
import { freePort, testClient } from '../../support/site';
import { inProcess, type TestApp } from '../../support/start';
import { formOf, type Person, person, someName } from '../../support/person';
import { owner, password, withCookie } from '../../support/sign-in';

let app: TestApp;
let someone: Person;
beforeAll(async () => {
  app = await inProcess({ DASHBOARD_PASSWORD: password });
});
afterAll(() => app.stop());
beforeEach(async () => {
  someone = await owner(app);
});

/** Whether this cookie opens the dashboard. */
async function opens(cookie: string): Promise<boolean> {
  return (await withCookie(app, cookie)).status === 200;
}

it('its cookies are for this server only, out of reach of scripts and of other sites’ forms', async () => {
  const page = await someone.visit('/');
  const cookies = (page.headers['set-cookie'] as unknown as string[]).toSorted();
  const { port } = new URL(app.url);
  expect(cookies).toEqual([
    expect.stringMatching(
      new RegExp(`^keeper-${port}=s%3A[\\w%-]{32,}\\.[\\w%-]+; Path=/; Expires=[^;]+; HttpOnly; SameSite=Lax$`),
    ),
    // The mark of a browser that has signed in, which lets nobody in.
    expect.stringMatching(
      new RegExp(`^known-${port}=\\d+\\.[\\w-]{43}; Max-Age=\\d+; Path=/; Expires=[^;]+; HttpOnly; SameSite=Strict$`),
    ),
  ]);
});

it('signing in begins a session of its own, and the one before is worth nothing', async () => {
  const before = someone.cookie();
  await someone.submit('/logout', {}, '/');
  const other = await owner(app);
  const old = other.cookie();
  const form = await supertest(app.url)
    .post('/login')
    .set('Cookie', old)
    .set('Sec-Fetch-Site', 'same-origin')
    .type('form')
    .send({ password });
  const set = form.headers['set-cookie'] as unknown as string[];
  const fresh = set.find((one) => one.startsWith('keeper'))?.split(';')[0] ?? '';
  expect(new Set([before, old, fresh]).size).toBe(3);
  expect(await Promise.all([before, old, fresh].map(opens))).toEqual([false, false, true]);
});

it('a made-up or tampered cookie is worth nothing', async () => {
  const [name = '', value = ''] = someone.cookie().split('=');
  const id = randomBytes(24).toString('base64url');
  for (const forged of [id, `s%3A${id}.${id}`, value.slice(0, -1), value.replace('s%3A', ''), '']) {
    expect(await opens(`${name}=${forged}`)).toBe(false);
  }
  expect(await opens(`${name}=${value}`)).toBe(true);
});

it('a session ends after half an hour of inactivity, and the page says so', async () => {
  const cookie = someone.cookie();
  app.advance(29 * 60);
  expect(await opens(cookie)).toBe(true);
  app.advance(29 * 60);
  expect(await opens(cookie)).toBe(true);
  app.advance(30 * 60 + 1);
  expect((await someone.visit('/')).text).toContain('signed out after 30 minutes of inactivity');
  expect(await opens(cookie)).toBe(false);
});

it('the page names the time of inactivity that is set', async () => {
  const strict = await inProcess({ DASHBOARD_PASSWORD: password, SESSION_IDLE_MINUTES: '5' });
  const visitor = await owner(strict);
  strict.advance(5 * 60 + 1);
  expect((await visitor.visit('/')).text).toContain('signed out after 5 minutes of inactivity');
  await strict.stop();
});

it('scripts that keep a page up to date do not prolong it', async () => {
  const cookie = someone.cookie();
  for (let minute = 0; minute < 30; minute += 10) {
    expect((await withCookie(app, cookie).set('Sec-Fetch-Mode', 'cors')).status).toBe(200);
    app.advance(600);
  }
  expect(await opens(cookie)).toBe(false);
});

it('a session ends twelve hours after signing in, however much it is used', async () => {
  const cookie = someone.cookie();
  for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
    app.advance(20 * 60);
    expect(await opens(cookie)).toBe(true);
  }
  app.advance(20 * 60);
  expect((await someone.visit('/')).text).toContain('signed out 12 hours after signing in');
});

it('signing out ends the session at the server and clears what the browser kept', async () => {
  const cookie = someone.cookie();
  const other = await owner(app);
  const answer = await someone.submit('/logout');
  expect(answer.status).toBe(303);
  expect(answer.headers).toMatchObject({
    location: '/login?because=out',
    'clear-site-data': '"cache", "storage"',
    'cache-control': 'no-store',
  });
  expect(await opens(cookie)).toBe(false);
  expect(await opens(other.cookie())).toBe(true);
});

it('signing out everywhere ends all sessions', async () => {
  const others = [await owner(app), await owner(app)];
  const answer = await someone.submit('/logout', { everywhere: 'yes' }, '/sessions');
  expect(answer.headers['location']).toBe('/login?because=everywhere');
  const cookies = [someone, ...others].map((person) => person.cookie());
  expect(await Promise.all(cookies.map(opens))).toEqual([false, false, false]);
});

it('a request under way while its session is ended does not bring it back', async () => {
  const name = someName();
  await someone.connect({ name });
  app.advance(61);
  const cookie = someone.cookie();
  const other = await owner(app);
  const form = formOf((await someone.visit('/')).text, `/connections/${name}/refresh`);
  app.simulator.control.clearRequests();
  app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 800 });
  const refreshing = supertest(app.url)
    .post(`/connections/${name}/refresh`)
    .set('Cookie', cookie)
    .set('Sec-Fetch-Site', 'same-origin')
    .type('form')
    .send(form)
    .then((answer) => answer.status);
  await app.simulator.control.arrived(1, { endpoint: 'refresh' });
  await other.submit('/logout', { everywhere: 'yes' }, '/sessions');
  expect(await opens(cookie)).toBe(false);
  expect(await refreshing).toBe(303);
  expect(await opens(cookie)).toBe(false);
});

it('sessions survive a restart, but not a change of the password', async () => {
  const value = someone.cookie().split('=')[1] ?? '';
  await app.restart();
  expect(await opens(someone.cookie())).toBe(true);
  const statusUnder = (secret: string) =>
    besides({ DASHBOARD_PASSWORD: secret }, async (get) => (await get(value)).status);
  expect(await statusUnder(password)).toBe(200);
  expect(await statusUnder('another password')).toBe(303);
});

it('a session from a time without password opens nothing once there is one', async () => {
  const client = { ZOHO_CLIENT_ID: testClient.id, ZOHO_CLIENT_SECRET: testClient.secret };
  const session = await besides(client, async (get, url) => {
    expect((await get()).status).toBe(200);
    const away = await supertest(url).post('/connect').set('Sec-Fetch-Site', 'same-origin').type('form').send({});
    return /=([^;]+)/.exec(away.headers['set-cookie']?.[0] ?? '')?.[1] ?? '';
  });
  expect(session).toMatch(/^s%3A/);
  const name = someone.cookie().split('=')[0] ?? '';
  expect(await opens(`${name}=${session}`)).toBe(false);
});

/** Asks another process on the same database, which has settings of its own, for its dashboard. */
async function besides<Result>(
  env: Record<string, string>,
  ask: (get: (session?: string) => supertest.Test, url: string) => Promise<Result>,
): Promise<Result> {
  const port = await freePort();
  const database = { DATABASE_URL: `sqlite:${join(app.folder, 'keeper.db')}` };
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const server = await startServer(readConfig({ PORT: String(port), ...database, ...env }), quiet, app.now);
  try {
    const url = `http://localhost:${port}`;
    const get = (session = '') => supertest(url).get('/').set('Cookie', `keeper-${port}=${session}`);
    return await ask(get, url);
  } finally {
    await server.close();
  }
}

it('behind TLS the cookie is bound to the host, whatever the proxy says about the scheme', async () => {
  const secure = await inProcess({ BASE_URL: 'https://keeper.example.com', DASHBOARD_PASSWORD: password });
  const answer = await supertest(secure.url)
    .post('/login')
    .set({ Host: 'keeper.example.com', Origin: 'https://keeper.example.com' })
    .type('form')
    .send({ password });
  expect(answer.status).toBe(303);
  expect((answer.headers['set-cookie'] as unknown as string[]).join('\n')).toMatch(
    /^__Host-keeper=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/m,
  );
  expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
  await secure.stop();
});

describe('without a password', () => {
  let open: TestApp;
  beforeAll(async () => {
    open = await inProcess();
    await person(open).connect({ name: 'crm' });
  });
  afterAll(() => open.stop());

  const count = async () => (await open.server.store.db.selectFrom('sessions').select('id_digest').execute()).length;

  it.each(['/', '/connections/crm', '/keys', '/alerts', '/setup', '/events', '/events.jsonl', '/nothing'])(
    'looking at %s begins no session, also for a page of another site',
    async (path) => {
      const before = await count();
      for (const site of ['none', 'same-origin', 'same-site', 'cross-site']) {
        const answer = await supertest(open.url).get(path).set('Sec-Fetch-Site', site);
        expect(answer.status).toBe(path === '/nothing' ? 404 : 200);
        expect(answer.headers['set-cookie']).toBeUndefined();
      }
      expect(await count()).toBe(before);
    },
  );

  it.each([
    ['connecting', '/connect', { name: 'new' }],
    ['reconnecting', '/connections/crm/reconnect', {}],
  ])('%s begins one', async (_what, path, fields) => {
    const before = await count();
    const answer = await supertest(open.url).post(path).set('Sec-Fetch-Site', 'same-origin').type('form').send(fields);
    expect(answer.status).toBe(303);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^keeper-\d+=s%3A/);
    expect(await count()).toBe(before + 1);
  });

  it('a sentence for the next page begins none', async () => {
    const before = await count();
    const answer = await supertest(open.url).post('/connections/crm/refresh').set('Sec-Fetch-Site', 'same-origin');
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^flash-\d+=v1\.[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect(await count()).toBe(before);
  });

  it('a form that is refused begins none', async () => {
    const before = await count();
    const fields = { name: 'Not a name' };
    const refused = [
      await supertest(open.url).post('/connect').set('Sec-Fetch-Site', 'same-origin').type('form').send(fields),
      await supertest(open.url).post('/connect').set('Sec-Fetch-Site', 'cross-site').type('form').send({}),
      await supertest(open.url).get('/oauth/callback?code=1&state=unknown'),
    ];
    expect(refused.map(({ status }) => status)).toEqual([400, 403, 400]);
    for (const { headers } of refused) expect(headers['set-cookie']).toBeUndefined();
    expect(await count()).toBe(before);
  });
});
