import { STATUS_CODES } from 'node:http';
import { someKey, tokenPath } from '../../support/program';
import { inProcess, type TestApp } from '../../support/start';
import { type Answer, formBody, send, type Sent } from '../../support/http';
import { pathOf, person, someName } from '../../support/person';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
];

let app: TestApp;
let name: string;
let callback: string;
let cookie: string;
let authorization: { Authorization: string };
beforeAll(async () => {
  app = await inProcess();
  name = someName();
  const someone = person(app);
  await someone.connect({ name });
  callback = pathOf(await someone.consent({ name: someName() }));
  cookie = someone.cookie();
  authorization = { Authorization: `Bearer ${await someKey(app.server.store)}` };
});
afterAll(() => app.stop());

const sameOrigin = { 'Sec-Fetch-Site': 'same-origin' };
const large = formBody({ name: 'a'.repeat(70_000) });

const kinds: readonly (readonly [number, string, () => Sent])[] = [
  [200, 'the dashboard', () => ({})],
  [200, 'a connection', () => ({ path: `/connections/${name}` })],
  [200, 'the setup page', () => ({ path: '/setup' })],
  [200, 'the audit log as lines', () => ({ path: '/events.jsonl' })],
  [200, 'HEAD of the dashboard', () => ({ method: 'HEAD' })],
  [303, 'a callback that was taken', () => ({ path: callback, headers: { Cookie: cookie } })],
  [400, 'a callback without a state', () => ({ path: '/oauth/callback?code=1' })],
  [400, 'an address that cannot be decoded', () => ({ path: '/connections/%E0%A4%A' })],
  [303, 'a form that leads to Zoho', () => ({ method: 'POST', path: '/connect', headers: sameOrigin })],
  [
    403,
    'a form of another site',
    () => ({ method: 'POST', path: '/connect', headers: { Origin: 'https://evil.test' } }),
  ],
  [404, 'a page that does not exist', () => ({ path: '/nothing' })],
  [404, 'a connection that does not exist', () => ({ path: '/connections/nobody' })],
  [404, 'a file that does not exist', () => ({ path: '/assets/nothing.css' })],
  [404, 'a way out of the folder', () => ({ path: '/assets/..%2f..%2fpackage.json' })],
  [
    413,
    'a form that is too large',
    () => ({ method: 'POST', path: '/connect', body: large.body, headers: { ...large.headers, ...sameOrigin } }),
  ],
  [
    415,
    'a compressed form',
    () => ({
      method: 'POST',
      path: '/connect',
      body: 'x',
      headers: { ...large.headers, 'Content-Encoding': 'gzip', ...sameOrigin },
    }),
  ],
  [421, 'a host name that is not ours', () => ({ headers: { Host: 'evil.test' } })],
];

const kindsForPrograms: typeof kinds = [
  [200, 'the health check', () => ({ path: '/healthz' })],
  [200, 'the readiness check', () => ({ path: '/readyz' })],
  [200, 'the description for programs', () => ({ path: '/api/v1/openapi.json' })],
  [200, 'a program that asks for a token', () => ({ path: tokenPath(name), headers: authorization })],
  [200, 'a program that asks for metrics', () => ({ path: '/metrics', headers: authorization })],
  [400, 'an address that cannot be decoded', () => ({ path: '/api/v1/connections/%E0%A4%A', headers: authorization })],
  [401, 'a program without a key', () => ({ path: '/api/v1/connections' })],
  [401, 'the same under a name in capitals', () => ({ path: '/API/v1/connections' })],
  [404, 'a call that there is not', () => ({ path: '/api' })],
  [405, 'another method', () => ({ method: 'POST', path: '/healthz' })],
  [
    421,
    'a program that asks under a foreign name',
    () => ({ path: '/api/v1/connections', headers: { Host: 'a.test' } }),
  ],
];

describe.each(kindsForPrograms)('the answer %i to %s', (status, _what, request) => {
  let answer: Answer;
  beforeAll(async () => {
    answer = await send(app.url, request());
  });

  it('has the headers that protect what is no page, and fits into 500 bytes with all others', () => {
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(headerBytes(answer)).toBeLessThanOrEqual(500);
    expectNothingNeedless(answer);
  });
});

it('a page keeps its headers when its path only begins like one of programs', async () => {
  for (const path of ['/apiary', '/healthzz', '/connections/api', '//api'])
    expectProtected(await send(app.url, { path }));
});

describe.each(kinds)('the answer %i to %s', (status, _what, request) => {
  let answer: Answer;
  beforeAll(async () => {
    answer = await send(app.url, request());
  });

  it('has every header that protects it', () => {
    expect(answer.status).toBe(status);
    expectProtected(answer);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(answer.headers).not.toHaveProperty('strict-transport-security');
  });
});

it('a static file has them too, and may be kept for ever under its address', async () => {
  const address = /href="(\/assets\/app\.css\?v=[0-9a-f]+)"/.exec((await send(app.url)).body)?.[1] ?? '';
  const answer = await send(app.url, { path: address });
  expect(answer.status).toBe(200);
  expectProtected(answer);
  expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

it('the answers to a callback let nothing know where they came from', async () => {
  for (const path of [callback, '/oauth/callback?code=1', `${callback}&state=2`]) {
    expect((await send(app.url, { path, headers: { Cookie: cookie } })).headers['referrer-policy']).toBe('no-referrer');
  }
});

it('a redirect has no page that would load anything', async () => {
  expect((await send(app.url, { path: callback, headers: { Cookie: cookie } })).body).not.toContain('<');
});

it('forms may lead to Zoho’s accounts servers and nowhere else', async () => {
  const csp = String((await send(app.url)).headers['content-security-policy']);
  const [, targets = ''] = /form-action ([^;]*);/.exec(csp) ?? [];
  const allowed = targets.split(' ').filter((target) => target !== "'self'");
  expect(allowed).toEqual(expect.arrayContaining(Object.values(app.simulator.urls)));
  const others = allowed.filter((target) => !Object.values(app.simulator.urls).includes(target));
  expect(others.filter((target) => !/^https:\/\/accounts\.zoho(cloud)?\.[a-z.]+$/.test(target))).toEqual([]);
});

it('behind TLS, browsers are told to come by TLS only', async () => {
  const secure = await inProcess({ BASE_URL: 'https://tokens.example.test' });
  const { headers } = await send(secure.url, { path: '/nothing', headers: { Host: 'tokens.example.test' } });
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  await secure.stop();
});

function headerBytes({ status, headers }: Answer): number {
  const lines = Object.entries(headers).map(([header, value]) => `${header}: ${String(value)}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`.length;
}

function expectProtected(answer: Answer): void {
  const { headers } = answer;
  const csp = String(headers['content-security-policy']).split('; ');
  expect(csp).toEqual(expect.arrayContaining(policy));
  expect(csp.join()).not.toMatch(/unsafe|\*|data:|http:\/\/(?!127\.0\.0\.1)/);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': expect.stringMatching(/^(same-origin|no-referrer)$/),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': expect.stringContaining('camera=()'),
  });
  expectNothingNeedless(answer);
}

function expectNothingNeedless({ headers, body }: Answer): void {
  const tooMuch = Object.keys(headers).filter((header) =>
    /^(x-powered-by|server|etag|access-control-.*)$/.test(header),
  );
  expect(tooMuch.filter((header) => header !== 'etag' || headers['cache-control'] === 'no-store')).toEqual([]);
  if (body !== '') expect(headers['content-type']).toMatch(/charset=utf-8|^application\/(problem\+)?json/i);
}
