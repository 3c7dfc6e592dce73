import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { type Authority, type Certificate, createAuthority } from '../support/certificates';
import { freePort } from '../support/site';
import { startScript } from '../support/process';
import { freshFolder } from '../support/postgres';
import { slowServer } from '../support/slow-server';

// Refreshes at the given address and prints how it went. In a process of its own, as Node reads what it trusts at its start.
const refresh = `
  const { createZoho } = load('zoho/client');
  const { zohoHosts } = load('zoho/hosts');
  const { createOutbound } = load('lib/outbound');
  const zoho = createZoho(zohoHosts({ us: args[0] }), createOutbound(null));
  const client = { clientId: '1000.CLIENT', secret: 'client-secret', dataCenter: 'us' };
  const begun = Date.now();
  const tell = (result) => console.log(JSON.stringify({ ...result, took: Date.now() - begun }));
  await zoho.refresh(client, 'us', 'refresh-token').then(
    ({ accessToken }) => tell({ accessToken }),
    ({ code, kind, sentence, nothingSent, stack }) => tell({ code, kind, sentence, nothingSent, stack }),
  );
`;

describe('Zoho behind TLS', () => {
  let authority: Authority;
  const servers: Server[] = [];
  beforeAll(() => {
    authority = createAuthority(freshFolder());
  });
  afterAll(() => servers.forEach((server) => server.close()));

  it('is asked when its certificate is good', async () => {
    expect(await ask(await listen(authority.issue('localhost')))).toMatchObject({ accessToken: '1000.a.b' });
  });

  const expired = { from: '20200101000000Z', until: '20200201000000Z' };
  it.each([
    ['was signed by itself', () => createAuthority(freshFolder()).issue('localhost')],
    ['has expired', () => authority.issue('localhost', expired)],
    ['is for another name', () => authority.issue('accounts.zoho.com.evil.example')],
  ])('is sent nothing when its certificate %s', async (_what, certificate) => {
    const requests: string[] = [];
    const answer = await ask(await listen(certificate(), requests));
    expect(answer).toMatchObject({ code: 'untrusted_certificate', kind: 'retry', nothingSent: true });
    expect(answer.sentence).toMatch(/could not prove to be Zoho: its certificate is not trusted/);
    expect(requests).toEqual([]);
  });

  it('is sent nothing when it does not speak TLS', async () => {
    const plain = createHttp((_req, res) => res.end('{}')).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    expect(await ask(`https://localhost:${port}`)).toMatchObject({ code: 'untrusted_certificate' });
    plain.close();
  });

  it('is not asked through a proxy that the environment names', async () => {
    const requests: string[] = [];
    const proxy = createHttp((req, res) => {
      requests.push(req.url ?? '');
      res.end('{}');
    }).on('connect', (req, socket) => {
      requests.push(req.url ?? '');
      socket.end();
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    const names = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
    const env = Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${port}`]));
    const answer = await ask(await listen(authority.issue('localhost')), { ...env, no_proxy: '', NO_PROXY: '' });
    expect(answer).toMatchObject({ accessToken: '1000.a.b' });
    expect(requests).toEqual([]);
    proxy.close();
  });

  async function ask(url: string, env: Record<string, string> = {}): Promise<Record<string, unknown>> {
    return askWith({ NODE_EXTRA_CA_CERTS: authority.file, ...env }, url);
  }

  async function listen(certificate: Certificate, requests: string[] = []): Promise<string> {
    const server = createServer(certificate, (req, res) => {
      requests.push(req.url ?? '');
      res.setHeader('content-type', 'application/json');
      res.end('{"access_token":"1000.a.b","expires_in":3600,"token_type":"Bearer"}');
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }
});

// One IP address whose first packets are lost, and one where nobody is.
const slowLink = `${slowServer}
  const { createOutbound } = load('lib/outbound');
  const { createZoho } = load('zoho/client');
  const { zohoHosts } = load('zoho/hosts');
  const server = await startSlowServer('127.0.0.1');
  const ips = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }];
  require('node:dns').lookup = (name, options, callback) => callback(null, ips);
  const zoho = createZoho(zohoHosts({ us: 'http://zoho.test:' + server.port }), createOutbound(null));
  const client = { clientId: '1000.CLIENT', secret: 's', dataCenter: 'us' };
  setTimeout(server.accept, Number(args[0]));
  const asked = args[1] === 'refresh'
    ? zoho.refresh(client, 'us', 'token')
    : zoho.exchangeCode(client, 'us', { code: 'c', redirectUri: 'http://localhost/', verifier: null });
  console.log(await asked.then(({ accessToken }) => accessToken, ({ code }) => code));
  process.exit();
`;

describe('Zoho over a slow link, beside an IP address that leads nowhere', () => {
  it('is waited for', async () => {
    expect(await (await startScript(slowLink, ['500', 'refresh'])).line()).toBe('1000.a.b');
  });

  it('is asked once more with a grant code when no IP address let it through', async () => {
    expect(await (await startScript(slowLink, ['3000', 'exchange'])).line()).toBe('1000.a.b');
  });
});

describe('Zoho that cannot be reached', () => {
  it('is told as such when nobody listens there', async () => {
    const answer = await askWith({}, `http://127.0.0.1:${await freePort()}`);
    expect(answer).toMatchObject({ code: 'unreachable', kind: 'retry', nothingSent: true });
    expect(answer.sentence).toMatch(/no connection to its accounts server/);
  });

  it('is told as such when somebody hangs up before TLS begins', async () => {
    const firewall = createTcp((socket) => socket.once('data', () => socket.end())).listen(0, '127.0.0.1');
    await once(firewall, 'listening');
    const { port } = firewall.address() as AddressInfo;
    const answer = await askWith({}, `https://127.0.0.1:${port}`);
    firewall.close();
    expect(answer).toMatchObject({ code: 'unreachable', kind: 'retry', nothingSent: true });
  });

  it.each(['http://127.0.0.1:9', 'https://accounts.zoho.com'])(
    'is not blamed when this computer has no file left for %s',
    async (url) => {
      const fill = `const { openSync } = require('node:fs'); try { for (;;) openSync('/dev/null'); } catch {}`;
      const ready = `await zoho.refresh(client, 'us', 'x').catch(() => undefined); ${fill}`;
      const script = await startScript(refresh.replace('const begun', `${ready} const begun`), [url], {}, 200);
      const answer: unknown = JSON.parse(await script.line());
      expect(answer).toMatchObject({ code: 'exhausted', kind: 'retry', nothingSent: true });
      expect(answer).toMatchObject({ sentence: expect.stringContaining('no open file') });
    },
  );

  it('is told as such when its name is not found', async () => {
    const answer = await askWith({}, 'https://accounts.zoho.invalid');
    expect(answer).toMatchObject({ code: 'name_not_found', kind: 'retry', nothingSent: true });
    expect(answer.took).toBeLessThan(12_000);
  });
});

async function askWith(env: Record<string, string>, url: string): Promise<Record<string, unknown>> {
  const line = await (await startScript(refresh, [url], env)).line();
  expect(line).not.toMatch(/client-secret|refresh-token/);
  const answer: unknown = JSON.parse(line);
  return Object.fromEntries(Object.entries(answer ?? {}));
}
