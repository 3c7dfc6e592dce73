import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { protectNodeAnswers } from '../../../src/web/middleware/node-answers';
import { startApp, type TestApp } from '../../support/app';
import { type Answer, formBody, send, sendBytes, type Sent } from '../../support/http';
import { pathOf, person, someName } from '../../support/person';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
];

let app: TestApp;
let name: string;
let callback: string;
let cookie: string;
beforeAll(async () => {
  app = await startApp();
  name = someName();
  const someone = person(app);
  await someone.connect({ name });
  callback = pathOf(await someone.consent({ name: someName() }));
  cookie = someone.cookie();
});
afterAll(() => app.stop());

const sameOrigin = { 'Sec-Fetch-Site': 'same-origin' };
const large = formBody({ name: 'a'.repeat(20_000) });

const kinds: readonly (readonly [number, string, () => Sent])[] = [
  [200, 'the dashboard', () => ({})],
  [200, 'a connection', () => ({ path: `/connections/${name}` })],
  [200, 'the set-up page', () => ({ path: '/setup' })],
  [200, 'the audit log as lines', () => ({ path: '/events.jsonl' })],
  [200, 'the health check', () => ({ path: '/healthz' })],
  [200, 'the description for programs', () => ({ path: '/api/v1/openapi.json' })],
  [200, 'HEAD of the dashboard', () => ({ method: 'HEAD' })],
  [303, 'a callback that was taken', () => ({ path: callback, headers: { Cookie: cookie } })],
  [400, 'a callback without a state', () => ({ path: '/oauth/callback?code=1' })],
  [400, 'an address that cannot be decoded', () => ({ path: '/connections/%E0%A4%A' })],
  [401, 'a program without a key', () => ({ path: '/api/v1/connections' })],
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

const start = (method: string, ...headers: string[]): string =>
  [`${method} /connect HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');
const chunked = start('POST', 'Sec-Fetch-Site: same-origin', 'Content-Type: text/plain', 'Transfer-Encoding: chunked');

describe.each([
  [400, 'what is no HTTP', 'hello\r\n\r\n'],
  [400, 'a length that is none', start('POST', 'Content-Length: -1')],
  [400, 'a request that ends in its headers', 'GET / HTTP/1.1\r\nHost: loc'],
  [413, 'chunks with long extensions', `${chunked}5;${'a'.repeat(20_000)}\r\n`],
  [417, 'an expectation that nobody knows', start('GET', 'Expect: more')],
  [431, 'headers that are too large', start('GET', `X-Large: ${'a'.repeat(20_000)}`)],
])('the answer %i that Node gives to %s', (status, _what, bytes) => {
  it('has every header that protects it, and is the last one on its connection', async () => {
    const answer = read((await sendBytes(app.url, bytes)).answer);
    expect(answer.status).toBe(status);
    expectProtected(answer);
    const ours = await send(app.url, { path: '/nothing' });
    for (const header of ['content-security-policy', 'permissions-policy', 'cache-control'])
      expect(answer.headers[header]).toBe(ours.headers[header]);
    expect(answer.headers).toMatchObject({ connection: 'close', 'content-length': '0' });
  });
});

describe('a server whose answers by Node are protected', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer({ connectionsCheckingInterval: 20, headersTimeout: 100 }, (_req, res) => {
      res.write('begun');
    });
    protectNodeAnswers(server, { 'X-Frame-Options': 'DENY' });
    port = await listening(server);
  });
  afterAll(() => void server.close());

  it('says 408 to headers that do not come to an end, with the headers', async () => {
    expect(read(await exchange(port, 'GET / HTTP/1.1\r\n'))).toMatchObject({
      status: 408,
      headers: { 'x-frame-options': 'DENY', connection: 'close' },
    });
  });

  it('puts nothing into an answer that has begun, and hangs up', async () => {
    const answer = await exchange(port, start('GET'), 'no request\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*begun\r\n$/);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
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
  const secure = await startApp({ BASE_URL: 'https://tokens.example.test' });
  const { headers } = await send(secure.url, { path: '/nothing', headers: { Host: 'tokens.example.test' } });
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  await secure.stop();
});

/** What comes back for these bytes, of which all but the first wait for an answer, until the server hangs up. */
function exchange(port: number, first: string, ...rest: string[]): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(first));
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      const next = rest.shift();
      if (next !== undefined) socket.write(next);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function read(answer: string): Answer {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(': ', 1)[0]?.toLowerCase(), line.slice(line.indexOf(': ') + 2)]),
  );
  return { status: Number(first.split(' ')[1]), headers, body };
}

function expectProtected({ headers, body }: Answer): void {
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
  const tooMuch = Object.keys(headers).filter((header) =>
    /^(x-powered-by|server|etag|access-control-.*)$/.test(header),
  );
  expect(tooMuch.filter((header) => header !== 'etag' || headers['cache-control'] === 'no-store')).toEqual([]);
  if (body !== '') expect(headers['content-type']).toMatch(/charset=utf-8|^application\/(problem\+)?json/i);
}
