import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { answerUnreadable } from '../../src/web/unreadable-requests';
import { inProcess, type TestApp } from '../support/start';
import { send, sendBytes } from '../support/http';

let app: TestApp;
beforeAll(async () => {
  app = await inProcess();
});
afterAll(() => app.stop());

const start = (method: string, ...headers: string[]): string =>
  [`${method} /connect HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');
const chunked = start('POST', 'Sec-Fetch-Site: same-origin', 'Content-Type: text/plain', 'Transfer-Encoding: chunked');
const cookies = (bytes: number): string => `other=${'a'.repeat(bytes)}`;

it('cookies of other programs on the same host may take 20 kB', async () => {
  for (const path of ['/', '/healthz', '/api/v1/openapi.json']) {
    expect([path, (await send(app.url, { path, headers: { Cookie: cookies(20_000) } })).status]).toEqual([path, 200]);
  }
});

it.each([
  [431, 'cookies of 100 kB', start('GET', `Cookie: ${cookies(100_000)}`), 'delete the cookies of this host name'],
  [431, 'cookies of 5 MB', start('GET', `Cookie: ${cookies(5_000_000)}`), 'delete the cookies of this host name'],
  [400, 'what is no HTTP', 'hello\r\n\r\n', 'not HTTP'],
  [400, 'a length that is none', start('POST', 'Content-Length: -1'), 'not HTTP'],
  [400, 'a request that ends in its headers', 'GET / HTTP/1.1\r\nHost: loc', 'not HTTP'],
  [400, 'an address that is not encoded', 'GET /api/v1/connections/ü HTTP/1.1\r\n\r\n', '"code":"invalid_request"'],
  [413, 'chunks with long extensions', `${chunked}5;${'a'.repeat(20_000)}\r\n`, 'larger than'],
])('the answer %i to %s says why, and is the last one on its connection', async (status, _what, bytes, words) => {
  const { answer, status: given } = await sendBytes(app.url, bytes);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(given).toBe(status);
  expect(body).toContain(words);
  expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
  expect(head).toContain('X-Content-Type-Options: nosniff');
  expect(head).toContain('Connection: close');
});

it('is there on a connection as well that has had answers', async () => {
  const { port } = new URL(app.url);
  const health = `GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;
  const answer = await exchange(Number(port), health, 'no request\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK[^]*okHTTP\/1\.1 400 Bad Request[^]*not HTTP/);
});

describe('a server that has begun to answer', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer({ connectionsCheckingInterval: 20, headersTimeout: 100 }, (_req, res) => {
      res.write('begun');
    });
    answerUnreadable(server);
    port = await listening(server);
  });
  afterAll(() => void server.close());

  it('says 408 to headers that do not come to an end', async () => {
    expect(await exchange(port, 'GET / HTTP/1.1\r\n')).toMatch(/^HTTP\/1\.1 408 [^]*Send it again\.\n$/);
  });

  it('puts nothing into its answer, and hangs up', async () => {
    const answer = await exchange(port, start('GET'), 'no request\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*begun\r\n$/);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
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
