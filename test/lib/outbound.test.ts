import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo } from 'node:net';
import { freePort } from '../support/site';
import { createAuthority } from '../support/certificates';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy';
import { freshFolder } from '../support/postgres';
import { startScript } from '../support/process';

// In processes of their own, as Node reads what it trusts at its start.
const prelude = `
  const { createOutbound } = load('lib/outbound');
  const { createZoho } = load('zoho/client');
  const { zohoHosts } = load('zoho/hosts');
  const outbound = createOutbound(args[0] || null);
  const tell = (answer) => console.log(JSON.stringify(answer));
  const tellError = ({ code, kind, sentence, nothingSent }) => tell({ code, kind, sentence, nothingSent });
`;

const refresh = `${prelude}
  const zoho = createZoho(zohoHosts({ us: args[1] }), outbound);
  const client = { clientId: '1000.CLIENT', secret: 'client-secret', dataCenter: 'us' };
  await zoho.refresh(client, 'us', 'refresh-token').then(({ accessToken }) => tell({ accessToken }), tellError);
`;

const forward = `${prelude}
  const { forward } = load('zoho/forward');
  const { text } = require('node:stream/consumers');
  const call = { method: 'GET', url: new URL(args[1]), accessToken: '1000.a', headers: {}, body: null };
  const ask = async () => {
    const { status, body } = await forward(outbound, { ...call, signal: new AbortController().signal });
    return { status, body: await text(body) };
  };
  await ask().then(ask).then(tell, tellError);
  process.exit();
`;

const post = `${prelude}
  tell(await load('alerts/post').post(outbound, args[1], { headers: { 'x-test': '1' }, body: 'hello' }));
`;

describe('OUTBOUND_PROXY', () => {
  const authority = createAuthority(freshFolder());
  const requests: string[] = [];
  let server: Server;
  let proxy: ConnectProxy;
  beforeAll(async () => {
    server = createServer(authority.issue('*.example.test'), (req, res) => {
      requests.push(`${req.method} ${req.headers.host}${req.url}`);
      res.end('{"access_token":"1000.a.b","expires_in":3600,"token_type":"Bearer"}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    proxy = await startConnectProxy((server.address() as AddressInfo).port);
  });
  beforeEach(() => {
    requests.length = 0;
    proxy.asked.length = 0;
  });
  afterAll(() => {
    server.close();
    proxy.close();
  });

  it('carries calls to Zoho’s accounts servers', async () => {
    expect(await run(refresh, proxy.url, 'https://accounts.example.test')).toEqual({ accessToken: '1000.a.b' });
    expect(proxy.asked).toEqual([{ target: 'accounts.example.test:443', authorization: undefined }]);
    expect(requests).toEqual(['POST accounts.example.test/oauth/v2/token']);
  });

  it('carries calls to Zoho’s products, several through one tunnel', async () => {
    const answer = await run(forward, proxy.url, 'https://api.example.test/crm/v8/org');
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('1000.a.b') });
    expect(proxy.asked).toHaveLength(1);
    expect(requests).toEqual(Array(2).fill('GET api.example.test/crm/v8/org'));
  });

  it('carries webhooks', async () => {
    expect(await run(post, proxy.url, 'https://hooks.example.test:8443/zoho')).toEqual({ status: 200, reason: null });
    expect(proxy.asked).toMatchObject([{ target: 'hooks.example.test:8443' }]);
    expect(requests).toEqual(['POST hooks.example.test:8443/zoho']);
  });

  it('may want a user name and a password', async () => {
    const url = proxy.url.replace('//', '//me:p%40ss%3A@');
    await run(refresh, url, 'https://accounts.example.test');
    const authorization = `Basic ${Buffer.from('me:p@ss:').toString('base64')}`;
    expect(proxy.asked).toEqual([{ target: 'accounts.example.test:443', authorization }]);
  });

  it('leaves calls to this computer alone', async () => {
    const { port } = server.address() as AddressInfo;
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      // Whether it gets there is another matter: the certificate is for another name.
      await run(refresh, proxy.url, `https://${host}:${port}`);
    }
    expect(proxy.asked).toEqual([]);
  });

  it('is trusted with nothing: TLS ends at the other side', async () => {
    const stranger = createServer(createAuthority(freshFolder()).issue('*.example.test'), () => undefined);
    await once(stranger.listen(0, '127.0.0.1'), 'listening');
    const spy = await startConnectProxy((stranger.address() as AddressInfo).port);
    const answer = await run(refresh, spy.url, 'https://accounts.example.test');
    expect(answer).toMatchObject({ code: 'untrusted_certificate', nothingSent: true });
    stranger.close();
    spy.close();
  });

  it.each([
    ['directly', ''],
    ['through a proxy', 'proxy'],
  ])('lets nobody pose as another %s, although NODE_TLS_REJECT_UNAUTHORIZED is 0', async (_way, through) => {
    const asked: string[] = [];
    const certificate = createAuthority(freshFolder()).issue('localhost');
    const stranger = createServer(certificate, (req, res) => res.end(asked.push(req.url ?? '')));
    await once(stranger.listen(0, '127.0.0.1'), 'listening');
    const { port } = stranger.address() as AddressInfo;
    const spy = await startConnectProxy(port);
    const url = through === '' ? `https://localhost:${port}` : 'https://accounts.example.test';
    for (const script of [refresh, forward, post]) {
      const running = await startScript(script, [through && spy.url, url], { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
      expect(await running.line()).toMatch(/untrusted_certificate|no connection \(.*SIGNATURE/);
    }
    expect(asked).toEqual([]);
    stranger.close();
    spy.close();
  });

  it.each([
    [407, 'proxy_unauthorized', /wants another user name or password \(407\)/],
    [403, 'proxy_refused', /opened no tunnel/],
    [502, 'proxy_refused', /opened no tunnel/],
  ])('is told as the reason when it answers %i', async (status, code, words) => {
    const refusing = await startConnectProxy(9, status);
    const told = await run(refresh, refusing.url, 'https://accounts.example.test');
    expect(told).toMatchObject({ code, kind: 'retry', nothingSent: true, sentence: expect.stringMatching(words) });
    expect(await run(forward, refusing.url, 'https://api.example.test/')).toMatchObject({
      code,
      sentence: expect.stringMatching(words),
    });
    const reason = `no connection (the outbound proxy answered ${status})`;
    expect(await run(post, refusing.url, 'https://hooks.example.test/')).toEqual({ status: null, reason });
    refusing.close();
  });

  it.each([
    ['nobody listens there', async () => ({ port: await freePort(), end: () => undefined })],
    ['it is no proxy', () => listening((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))],
    ['it hangs up', () => listening((socket) => socket.end())],
  ])('is told as the reason when %s', async (_what, start) => {
    const { port, end } = await start();
    const told = await run(refresh, `http://127.0.0.1:${port}`, 'https://accounts.example.test');
    expect(told).toMatchObject({ code: 'proxy_unreachable', kind: 'retry', nothingSent: true });
    end();
  });

  async function listening(serve: Parameters<typeof createTcp>[1]): Promise<{ port: number; end(): void }> {
    const tcp = createTcp(serve ?? (() => undefined));
    await once(tcp.listen(0, '127.0.0.1'), 'listening');
    return { port: (tcp.address() as AddressInfo).port, end: () => void tcp.close() };
  }

  async function run(script: string, ...args: string[]): Promise<Record<string, unknown>> {
    const running = await startScript(script, args, { NODE_EXTRA_CA_CERTS: authority.file });
    const answer: unknown = JSON.parse(await running.line());
    return Object.fromEntries(Object.entries(answer ?? {}));
  }
});
