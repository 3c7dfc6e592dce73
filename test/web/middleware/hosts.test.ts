import { inProcess, type TestApp } from '../../support/start';
import { send, sendBytes } from '../../support/http';
import { person, someName } from '../../support/person';
import { someKey } from '../../support/program';
import { password } from '../../support/sign-in';

let app: TestApp;
let name: string;
let cookie: string;
let port: string;
beforeAll(async () => {
  app = await inProcess({ ALLOWED_HOSTS: 'keeper.lan' });
  ({ port } = new URL(app.url));
  name = someName();
  const someone = person(app);
  await someone.connect({ name });
  cookie = someone.cookie();
});
afterAll(() => app.stop());

const paths = [
  '/',
  '/connections/anything',
  '/oauth/callback?code=1',
  '/setup',
  '/api/v1/connections',
  '/api/v1/openapi.json',
  '/metrics',
  '/events.jsonl',
];
const foreign = (): string[] => [
  'evil.test',
  `evil.test:${port}`,
  'localhost.evil',
  `localhost.evil:${port}`,
  `localhost.evil.test:${port}`,
  `evil-localhost:${port}`,
  '127.0.0.1.nip.io',
  `127.0.0.1.nip.io:${port}`,
  `127.evil.test:${port}`,
  `app.127.0.0.1.sslip.io:${port}`,
  `localhost.:${port}`,
  `keeper.lan.evil.test`,
  `notkeeper.lan`,
  `0.0.0.0:${port}`,
  `[::]:${port}`,
  `192.168.1.10:${port}`,
  '169.254.169.254',
  `10.0.0.1:${port}`,
];
const unclear = (): string[] => [
  '',
  ' ',
  `localhost:${port}@evil.test`,
  `evil.test#localhost:${port}`,
  `evil.test/localhost:${port}`,
  `evil.test?localhost:${port}`,
  `localhost:${port} evil.test`,
  `localhost:${port},evil.test`,
  `localhost:${port}:80`,
  'localhost:99999',
  '[::1',
  'ev%69l.test',
  'localhost\\evil.test',
  '"localhost"',
  `l\u00f6calhost:${port}`,
];

it('every page refuses every host name that is not ours, even to somebody it knows', async () => {
  for (const host of foreign()) expect([host, await statusesFor(host)]).toEqual([host, paths.map(() => 421)]);
});

it('every page refuses a host name that is none', async () => {
  for (const host of unclear()) expect([host, await statusesFor(host)]).toEqual([host, paths.map(() => 400)]);
});

it('a refusal gives nothing away and names the right address', async () => {
  const answer = await send(app.url, { headers: { Host: 'evil.test', Cookie: cookie } });
  expect(answer.body).toContain(app.url);
  expect(answer.body).not.toContain(name);
  expect(answer.headers).not.toHaveProperty('set-cookie');
});

it('our own names are answered, on any port, as an ssh tunnel needs it', async () => {
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'localhost:9999', 'LOCALHOST:9999']) {
    expect([host, (await send(app.url, { path: '/setup', headers: { Host: host } })).status]).toEqual([host, 200]);
  }
});

describe('a Keeper behind a proxy that leaves the port out of the Host header', () => {
  let proxied: TestApp;
  beforeAll(async () => {
    const names = { BASE_URL: 'http://tokens.lan:8080', ALLOWED_HOSTS: 'keeper.lan:3000' };
    proxied = await inProcess({ ...names, DASHBOARD_PASSWORD: password });
  });
  afterAll(() => proxied.stop());

  it.each([
    ['tokens.lan', 200],
    ['tokens.lan:8080', 200],
    ['TOKENS.lan:8080', 200],
    ['keeper.lan', 200],
    ['Keeper.lan:3000', 200],
    ['tokens.lan:8081', 421],
    ['keeper.lan:3001', 421],
    ['lan', 421],
    ['tokens.lan.evil.test', 421],
  ])('answers %s with %i', async (host, status) => {
    const answer = await send(proxied.url, { path: '/login', headers: { Host: host } });
    expect(answer.status).toBe(status);
  });

  it('says what a proxy does when it replaces the name', async () => {
    const { body } = await send(proxied.url, { path: '/login', headers: { Host: 'keeper_backend' } });
    expect(body).toContain('does not answer to the host name keeper_backend.');
    expect(body).toContain('If you are there already, a proxy in between replaced the name');
  });
});

describe('names that others may use', () => {
  let guarded: TestApp;
  beforeAll(async () => {
    guarded = await inProcess({ ALLOWED_HOSTS: 'keeper.lan', DASHBOARD_PASSWORD: password });
  });
  afterAll(() => guarded.stop());

  it('are answered by a Keeper with a password', async () => {
    for (const host of ['keeper.lan', `keeper.lan:${port}`]) {
      const { status } = await send(guarded.url, { path: '/login', headers: { Host: host } });
      expect([host, status]).toEqual([host, 200]);
    }
    const headers = { 'X-Forwarded-For': '203.0.113.7', Forwarded: 'for=203.0.113.7' };
    expect((await send(guarded.url, { path: '/login', headers })).status).toBe(200);
  });

  it.each([
    ['another name', { Host: 'keeper.lan' }],
    ['a proxy', { 'X-Forwarded-For': '203.0.113.7' }],
    ['a proxy with the standard’s header', { Forwarded: 'for=203.0.113.7' }],
  ])('show no page of a Keeper without one, as through %s', async (_what, headers) => {
    for (const path of ['/', '/setup', '/events.jsonl', '/oauth/callback?code=1']) {
      const answer = await send(app.url, { path, headers: { ...headers, Cookie: cookie } });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.body).toContain('Set DASHBOARD_PASSWORD');
      expect(answer.body).not.toContain(name);
    }
    const key = await someKey(app.server.store);
    const api = { path: '/api/v1/connections', headers: { ...headers, Authorization: `Bearer ${key}` } };
    expect((await send(app.url, api)).status).toBe(200);
  });
});

it('what a proxy says about the host is not believed', async () => {
  const headers = { 'X-Forwarded-Host': 'evil.test', 'X-Host': 'evil.test' };
  const answer = await send(app.url, { path: '/api/v1/openapi.json', headers });
  expect(answer.status).toBe(200);
  expect(answer.body).not.toContain('evil.test');
  expect(
    (await send(app.url, { headers: { Host: 'evil.test', 'X-Forwarded-Host': `localhost:${port}` } })).status,
  ).toBe(421);
});

it.each([
  ['no host at all', () => 'GET /setup HTTP/1.1\r\n\r\n'],
  ['no host at all, in old HTTP', () => 'GET /setup HTTP/1.0\r\n\r\n'],
  ['two hosts', () => `GET /setup HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil.test\r\n\r\n`],
  ['the same host twice', () => `GET /setup HTTP/1.1\r\nHost: localhost:${port}\r\nHost: localhost:${port}\r\n\r\n`],
  ['another host in the request line', () => `GET http://evil.test/setup HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`],
  ['our host in the request line', () => `GET http://localhost:${port}/setup HTTP/1.1\r\nHost: evil.test\r\n\r\n`],
  ['a host on a folded line', () => `GET /setup HTTP/1.1\r\nHost:\r\n localhost:${port}\r\n\r\n`],
])('a request with %s is refused', async (_what, bytes) => {
  const { status, answer } = await sendBytes(app.url, bytes());
  expect(status).toBe(400);
  expect(answer).not.toContain('Zoho’s API console');
});

it('only the health check answers under any name, and says nothing', async () => {
  const answer = await send(app.url, { path: '/healthz', headers: { Host: '10.1.2.3', Cookie: cookie } });
  expect(answer).toMatchObject({ status: 200, body: 'ok' });
  expect(answer.headers).not.toHaveProperty('set-cookie');
});

it('a browser under another of our names is led to the one that Zoho comes back to', async () => {
  const headers = { Host: `127.0.0.1:${port}`, 'Sec-Fetch-Mode': 'navigate' };
  const answer = await send(app.url, { path: '/setup?x=1', headers });
  expect(answer.status).toBe(303);
  expect(answer.headers.location).toBe(`${app.url}/setup?x=1`);
});

async function statusesFor(host: string): Promise<number[]> {
  const answers: number[] = [];
  for (const path of paths) {
    const bytes = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    answers.push((await sendBytes(app.url, Buffer.from(bytes, 'latin1'))).status);
  }
  return answers;
}
