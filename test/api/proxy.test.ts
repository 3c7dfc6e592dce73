import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { inProcess, type TestApp } from '../support/start';
import { person, someName } from '../support/person';
import { startUpstream, type Upstream } from '../support/upstream';
import { program, type Program, refreshCount, someKey } from '../support/program';

const everyScope =
  'ZohoCRM.users.READ,ZohoCRM.org.READ,Desk.basic.READ,ZohoMail.accounts.READ,ZohoProjects.portals.READ';

function proxied(name: string, path: string): string {
  return `/api/v1/connections/${name}/proxy${path}`;
}

describe('calling Zoho through the Keeper', () => {
  let app: TestApp;
  let key: string;
  let script: Program;
  let name: string;
  let refreshes: () => number;
  beforeAll(async () => {
    app = await inProcess();
    key = await someKey(app.server.store);
    script = program(app.url, key);
  });
  afterAll(async () => {
    script.stop();
    await app.stop();
  });
  beforeEach(async () => {
    app.advance(3700);
    app.simulator.control.faults.clearFaults();
    name = someName();
    await person(app).connect({ name, scopes: everyScope });
    refreshes = refreshCount(app.simulator.control);
    app.simulator.control.clearRequests();
  });

  const calls = (): number => app.simulator.control.count({ endpoint: 'api' });

  function killAccessTokens(): void {
    for (const { kind, value } of app.simulator.control.minted()) {
      if (kind === 'access_token') app.simulator.control.revokeToken(value);
    }
  }

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string>) };
    return fetch(app.url + proxied(name, path), { ...init, headers, redirect: 'manual' });
  }

  it('passes on method, query and body, and adds the token', async () => {
    const response = await send('/crm/v8/echo/x%20y?per_page=2&fields=a%2Cb', { method: 'PUT', body: 'täxt' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      method: 'PUT',
      path: '/crm/v8/echo/x%20y',
      search: 'per_page=2&fields=a%2Cb',
      body: 'täxt',
    });
    const [call] = app.simulator.control.requests({ endpoint: 'api' });
    const token = app.simulator.control.minted().findLast(({ kind }) => kind === 'access_token')?.value;
    expect(call?.headers['authorization']).toBe(`Zoho-oauthtoken ${token}`);
  });

  it('passes on every header, those that nobody has heard of included, and nothing about who called', async () => {
    const headers = {
      'X-EXTERNAL': 'Contacts.Customer_Number',
      'x-made-up-tomorrow': 'ü',
      'x-empty': '',
      accept: 'application/xml',
      'content-type': 'application/vnd.test',
      'if-modified-since': 'Mon, 23 Nov 2026 08:00:00 GMT',
      orgId: '42',
      'X-com-zoho-subscriptions-organizationid': '7',
      cookie: 'session=secret',
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-host': 'intranet.example',
      forwarded: 'for=10.0.0.1',
      via: '1.1 intranet',
      'x-real-ip': '10.0.0.1',
      'proxy-authorization': 'Basic secret',
      referer: 'https://intranet.example/',
      origin: 'https://intranet.example',
    };
    const response = await send('/crm/v8/echo', { method: 'POST', body: '{}', headers });
    const { headers: seen } = (await response.json()) as { headers: Record<string, string> };
    expect(seen).toMatchObject({
      'x-external': 'Contacts.Customer_Number',
      'x-made-up-tomorrow': 'ü',
      'x-empty': '',
      accept: 'application/xml',
      'content-type': 'application/vnd.test',
      'if-modified-since': 'Mon, 23 Nov 2026 08:00:00 GMT',
      orgid: '42',
      'x-com-zoho-subscriptions-organizationid': '7',
      'user-agent': 'zoho-token-keeper',
    });
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['cookie']));
    expect(JSON.stringify(seen)).not.toMatch(/10\.0\.0\.1|intranet|secret|zt_/);
  });

  it.each([{ authorization: 'Zoho-oauthtoken KEY' }, { 'x-api-key': 'KEY', authorization: 'Basic c2VjcmV0' }])(
    'takes the key as %j, and lets none of it through',
    async (headers) => {
      const nobody = program(app.url, null);
      const filled = Object.fromEntries(
        Object.entries(headers).map(([header, text]) => [header, text.replace('KEY', key)]),
      );
      const { status, text } = await nobody.get(proxied(name, '/crm/v8/echo'), filled);
      nobody.stop();
      expect([status, text]).toEqual([200, expect.not.stringMatching(/zt_|c2VjcmV0/)]);
      const [call] = app.simulator.control.requests({ endpoint: 'api' });
      expect(call?.headers['authorization']).toMatch(/^Zoho-oauthtoken 1000\./);
    },
  );

  it('keeps what is for the next neighbour only, by its own word too', async () => {
    const { body } = await script.call('GET', proxied(name, '/crm/v8/echo'), {
      connection: 'close, X-Hop',
      'x-hop': 'here',
      'x-beyond': 'there',
      te: 'trailers',
      'keep-alive': 'timeout=99',
      expect: '100-continue',
    });
    const seen = body['headers'] as Record<string, string>;
    expect(seen['x-beyond']).toBe('there');
    for (const header of ['x-hop', 'te', 'keep-alive', 'expect']) expect(seen).not.toHaveProperty([header]);
    expect(seen['connection']).not.toContain('X-Hop');
  });

  it('adds no content type that the program did not send', async () => {
    const response = await send('/crm/v8/echo', { method: 'POST', body: Buffer.from('raw') });
    const { headers } = (await response.json()) as { headers: Record<string, string> };
    expect(headers['content-type']).toBeUndefined();
  });

  it.each([
    ['CRM', '/crm/v8/org'],
    ['Desk', '/~desk/api/v1/organizations'],
    ['Mail', '/~mail/api/accounts'],
    ['Projects', '/~projects/api/v3/portals'],
  ])('fetches a new token and repeats the call when %s says that the token is dead', async (_product, path) => {
    killAccessTokens();
    const { status, text } = await script.get(proxied(name, path));
    expect([status, text]).toEqual([200, expect.stringContaining('{')]);
    expect([calls(), refreshes()]).toEqual([2, 1]);
  });

  it('repeats a call with its body', async () => {
    killAccessTokens();
    const response = await send('/crm/v8/echo', { method: 'POST', body: 'x'.repeat(500_000) });
    expect(((await response.json()) as { body: string }).body).toHaveLength(500_000);
    expect([calls(), refreshes()]).toEqual([2, 1]);
  });

  it('fetches one new token however many calls find the old one dead', async () => {
    killAccessTokens();
    const answers = await Promise.all(Array.from({ length: 30 }, () => script.get(proxied(name, '/crm/v8/org'))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(refreshes()).toBe(1);
  });

  it('passes a missing scope back as Zoho said it, without a refresh', async () => {
    const { status, body } = await script.get(proxied(name, '/crm/v8/Leads?fields=id'));
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'OAUTH_SCOPE_MISMATCH' });
    expect([calls(), refreshes()]).toEqual([1, 0]);
  });

  it('does not spend the budget on a refusal that a new token does not change', async () => {
    // Books has the same code for a dead token and for a missing scope.
    for (let count = 0; count < 5; count += 1) {
      const { status, body } = await script.get(proxied(name, '/books/v3/organizations'));
      expect([status, body['code']]).toEqual([401, 57]);
    }
    expect(refreshes()).toBe(1);
  });

  it('still fetches a token for another product when one refuses every token', async () => {
    await script.get(proxied(name, '/books/v3/organizations'));
    killAccessTokens();
    const { status } = await script.get(proxied(name, '/crm/v8/org'));
    expect([status, refreshes()]).toEqual([200, 2]);
  });

  it('fetches a token each time that one dies', async () => {
    for (let count = 1; count <= 3; count += 1) {
      killAccessTokens();
      expect((await script.get(proxied(name, '/crm/v8/org'))).status).toBe(200);
      expect(refreshes()).toBe(count);
    }
  });

  it('replaces a dead token for the next call when the body was too large to be sent again', async () => {
    killAccessTokens();
    const body = 'x'.repeat(1024 * 1024 + 1);
    const first = await send('/crm/v8/echo', { method: 'POST', body });
    expect([first.status, calls(), refreshes()]).toEqual([401, 1, 1]);
    const second = await send('/crm/v8/echo', { method: 'POST', body });
    expect([second.status, calls(), refreshes()]).toEqual([200, 2, 1]);
  });

  it('gives Zoho’s answer when no other token can be had', async () => {
    killAccessTokens();
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503' });
    const { status, body } = await script.get(proxied(name, '/crm/v8/org'));
    expect([status, body['code']]).toEqual([401, 'INVALID_TOKEN']);
  });

  it.each([
    '/crm/../oauth/v2/token',
    '/crm/%2e%2e/oauth',
    '/crm/.%2E/oauth',
    '/..;/oauth',
    '/crm//v8',
    '//evil.example/crm',
    '/\\evil.example',
    '/crm%2f..%2foauth',
    '/crm%5c..',
    '/crm/./v8',
    '/crm%00',
  ])('refuses the path %s and calls nobody', async (path) => {
    const { status } = await script.get(proxied(name, path));
    expect([400, 404]).toContain(status);
    expect(calls()).toBe(0);
  });

  it.each(['/@evil.example/crm', '/http://evil.example/', '/:80/', '/~evil.example/x', '/~accounts/x', '/~profile/x'])(
    'never leaves Zoho’s hosts with the path %s',
    async (path) => {
      const { status } = await script.get(proxied(name, path));
      expect([400, 404]).toContain(status);
      expect(app.simulator.control.requests({ endpoint: 'api' })).toEqual([]);
    },
  );

  it('answers 404 for connections that do not exist or that the key does not open', async () => {
    const narrow = program(app.url, await someKey(app.server.store, { connections: ['another'] }));
    const answers = [
      await narrow.get(proxied(name, '/crm/v8/org')),
      await script.get(proxied('none', '/crm/v8/org')),
      await script.get(proxied('none', '/~none/crm')),
    ];
    narrow.stop();
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(answers[0]?.body['detail']).toBe(answers[1]?.body['detail']);
    const nobody = program(app.url, null);
    expect((await nobody.get(proxied(name, '/crm/v8/org'))).status).toBe(401);
    nobody.stop();
    expect(calls()).toBe(0);
  });

  it.each([
    ['/crm%2Fv8%2forg?fields=a%2Fb', '/crm/v8/org', 'fields=a%2Fb'],
    ['/~desk%2Fapi%2Fv1%2Forganizations', '/api/v1/organizations', ''],
    ['/%7Edesk%2Fapi%2Fv1%2Forganizations', '/api/v1/organizations', ''],
  ])('takes the path %s of a generated client', async (path, asked, query) => {
    expect((await script.get(proxied(name, path))).status).toBe(200);
    const [call] = app.simulator.control.requests({ endpoint: 'api' });
    expect([call?.path, new URLSearchParams(call?.query).toString()]).toEqual([asked, query]);
  });

  it.each(['/crm/v8%2Forg', '/%2Foauth', '/~desk%2F%2Fx', '/crm%2F%2e%2e%2Foauth', '/~accounts%2Foauth'])(
    'refuses the path %s, whose slashes are not what they seem',
    async (path) => {
      expect([400, 404]).toContain((await script.get(proxied(name, path))).status);
      expect(calls()).toBe(0);
    },
  );

  it('says which word or address is wrong, and of a connection nothing', async () => {
    const detailOf = async (path: string) => (await script.get(path)).body['detail'];
    expect(await detailOf(proxied(name, '/~desc/api'))).toMatch(/^There is no such word .* ~desk, .*~content/);
    expect(await detailOf('/api/v1/connection')).toMatch(/^There is no such call\. /);
    expect(await detailOf(`/api/v1/connections/${name}/tokens`)).toMatch(/^There is no such call\. /);
    expect(await detailOf(proxied('none', '/crm/v8/org'))).toMatch(/^There is no such connection, or this API key /);
    expect(await detailOf(proxied(name, '/crm/v8/echo/%FC'))).toMatch(/^The address has a percent sign /);
  });

  it.each(['/~desk?x=1', '/%7Edesk/api/v1/organizations', '/%7edesk?x=1', '/~desk', '/%7Enothing/x', '/~?x=1'])(
    'never sends the product word to the API domain: %s',
    async (path) => {
      await script.get(proxied(name, path));
      const paths = app.simulator.control.requests({ endpoint: 'api' }).map((request) => request.path);
      expect(paths).toEqual(path === '/%7Edesk/api/v1/organizations' ? ['/api/v1/organizations'] : []);
    },
  );

  it('names the methods that it passes on', async () => {
    const { status, headers, body } = await script.call('PROPFIND', proxied(name, '/crm/v8/org'));
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS']);
    expect(body['detail']).toMatch(/^\S.*\S$/);
  });

  it('says what to do when the connection was disconnected', async () => {
    await person(app).submit(`/connections/${name}/revoke`);
    const { status, body } = await script.get(proxied(name, '/crm/v8/org'));
    expect([status, body['code']]).toEqual([409, 'needs_reconnect']);
  });
});

describe('what comes back through the Keeper', () => {
  let upstream: Upstream;
  let app: TestApp;
  let key: string;
  const name = 'main';
  beforeAll(async () => {
    upstream = await startUpstream();
    app = await inProcess({ ZOHO_API_URLS: `us=${upstream.url}` });
    await person(app).connect({ name, scopes: 'ZohoCRM.modules.ALL' });
    key = await someKey(app.server.store);
  });
  afterAll(async () => {
    await app.stop();
    await upstream.close();
  });
  beforeEach(() => void upstream.received.splice(0));

  function send(path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string>) };
    return fetch(app.url + proxied(name, path), { ...init, headers, redirect: 'manual' });
  }

  it('has status, body and every header, but no cookies and nothing that speaks for a whole host name', async () => {
    upstream.answer((_req, res) => {
      res.writeHead(206, {
        'content-type': 'text/csv',
        etag: '"1"',
        'content-disposition': 'attachment; filename="a.csv"',
        'x-ratelimit-remaining': '7',
        'set-cookie': 'a=b',
        server: 'ZGS',
        'content-security-policy': 'default-src *',
        'cache-control': 'public',
        'x-made-up-tomorrow': 'yes',
        'strict-transport-security': 'max-age=1; includeSubDomains',
        'clear-site-data': '"*"',
        'access-control-allow-origin': '*',
        connection: 'x-hop',
        'x-hop': 'here',
      });
      res.end('a,b\n');
    });
    const response = await send('/crm/v8/Leads');
    expect([response.status, await response.text()]).toEqual([206, 'a,b\n']);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/csv',
      etag: '"1"',
      'content-disposition': 'attachment; filename="a.csv"',
      'x-ratelimit-remaining': '7',
      'x-made-up-tomorrow': 'yes',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    const kept = 'set-cookie server strict-transport-security clear-site-data access-control-allow-origin x-hop';
    expect(kept.split(' ').filter((header) => response.headers.has(header))).toEqual([]);
  });

  it('stays compressed on its way, and is understood all the same', async () => {
    upstream.answer((req, res) => {
      const refusal = { code: 'INVALID_TOKEN' };
      const first = upstream.received.length === 1;
      res.writeHead(first ? 401 : 200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      res.end(gzipSync(JSON.stringify(first ? refusal : { encoding: req.headers['accept-encoding'] })));
    });
    const response = await send('/crm/v8/Leads', { headers: { 'accept-encoding': 'gzip' } });
    expect(await response.json()).toEqual({ encoding: 'gzip' });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(upstream.received).toHaveLength(2);
  });

  it('follows no redirect; one within the host leads through the Keeper, one elsewhere leads nowhere', async () => {
    upstream.answer((_req, res) => void res.writeHead(302, { location: '/crm/v8/other?x=1' }).end());
    const within = await send('/crm/v8/file');
    expect([within.status, within.headers.get('location')]).toEqual([302, proxied(name, '/crm/v8/other?x=1')]);
    upstream.answer((_req, res) => void res.writeHead(307, { location: 'http://127.0.0.1:9/steal' }).end());
    const away = await send('/~desk/api/v1/file');
    expect([away.status, away.headers.get('location')]).toEqual([307, null]);
    expect(upstream.received).toHaveLength(2);
  });

  it.each([
    ['next2?x=1', '/crm/next2?x=1'],
    ['?page=2', '/crm/redirrel?page=2'],
    ['../v9', '/v9'],
  ])('understands the relative redirect %s from where the call went', async (location, path) => {
    upstream.answer((_req, res) => void res.writeHead(302, { location }).end());
    const response = await send('/crm/redirrel');
    expect(response.headers.get('location')).toBe(proxied(name, path));
    const own = await send('/~desk/crm/redirrel');
    expect(own.headers.get('location')).toBe(proxied(name, `/~desk${path}`));
  });

  describe('when a product refuses every token', () => {
    const refreshes = (): number => app.simulator.control.count({ endpoint: 'refresh' });
    beforeEach(async () => {
      app.advance(3700);
      await send('/crm/v8/x');
      app.simulator.control.clearRequests();
    });

    function refuse(answers: Readonly<Record<string, string | number>>): void {
      upstream.answer((req, res) => {
        const [, code] = Object.entries(answers).find(([start]) => req.url?.startsWith(start)) ?? [];
        res.writeHead(code === undefined ? 200 : 401, { 'content-type': 'application/json' });
        res.end(JSON.stringify({ code: code ?? 'fine' }));
      });
    }

    it.each(['INVALID_TOKEN', 57])('fetches one and no more, whatever it says: %s', async (code) => {
      refuse({ '/crm/bad': code });
      for (let count = 0; count < 4; count += 1) {
        expect((await send('/crm/bad')).status).toBe(401);
        expect((await send('/crm/good')).status).toBe(200);
      }
      expect(refreshes()).toBe(1);
    });

    it('fetches one for each of two that do, and not in turn', async () => {
      refuse({ '/crm': 'INVALID_TOKEN', '/bigin': 'INVALID_TOKEN' });
      for (let count = 0; count < 4; count += 1) for (const path of ['/crm/x', '/bigin/x']) await send(path);
      expect(refreshes()).toBe(2);
    });

    it('fetches no more either when nothing can be repeated', async () => {
      refuse({ '/books': 57 });
      const body = 'x'.repeat(1024 * 1024 + 1);
      for (let count = 0; count < 3; count += 1) await send('/books/v3/x', { method: 'POST', body });
      expect(refreshes()).toBe(1);
    });

    it('believes another one, up to three that may mean something else', async () => {
      const finance = ['/books', '/inventory', '/invoice', '/billing', '/expense'];
      refuse(Object.fromEntries([...finance.map((path) => [path, 57]), ['/crm', 'INVALID_TOKEN']]));
      for (const path of [...finance, ...finance, '/made-up']) await send(`${path}/v3/x`);
      expect(refreshes()).toBe(3);
      await send('/crm/v8/x');
      expect(refreshes()).toBe(4);
    });

    it('takes paths that no product has for one and the same', async () => {
      upstream.answer((_req, res) => void res.writeHead(401).end(JSON.stringify({ code: 57 })));
      for (const path of ['/a', '/b', '/c']) await send(`${path}/v3/x`);
      expect(refreshes()).toBe(1);
    });

    it('fetches for it again after half an hour', async () => {
      refuse({ '/books': 57 });
      await send('/books/v3/x');
      app.advance(1801);
      await send('/books/v3/x');
      expect(refreshes()).toBe(2);
    });
  });

  it('carries large bodies both ways unchanged', async () => {
    const size = 40 * 1024 * 1024;
    const block = randomBytes(1024 * 1024);
    upstream.answer((req, res) => {
      const hash = createHash('sha256');
      req.on('data', (chunk: Buffer) => hash.update(chunk));
      req.on('end', () => {
        res.writeHead(200, { 'x-com-zoho-hash': hash.digest('hex'), 'content-length': size });
        let left = size / block.length;
        const more = (): void => {
          while (left > 0) if (((left -= 1), !res.write(block))) return void res.once('drain', more);
          res.end();
        };
        more();
      });
    });
    async function* blocks(): AsyncGenerator<Buffer> {
      for (let count = 0; count < size / block.length; count += 1) yield block;
    }
    const response = await send('/crm/v8/upload', { method: 'POST', body: blocks() as never, duplex: 'half' });
    const expected = createHash('sha256');
    for (let count = 0; count < size / block.length; count += 1) expected.update(block);
    const digest = expected.digest('hex');
    expect(response.headers.get('x-com-zoho-hash')).toBe(digest);
    const received = createHash('sha256');
    for await (const chunk of response.body ?? []) received.update(chunk as Uint8Array);
    expect(received.digest('hex')).toBe(digest);
  });

  it('takes from Zoho no more than the program reads', async () => {
    let written = 0;
    const stuck = new Promise<void>((resolve) => {
      upstream.answer((_req, res) => {
        const block = Buffer.alloc(1024 * 1024);
        const more = (): void => {
          // Buffers of the network take some; a program that holds all would take all.
          const timer = setTimeout(resolve, 500);
          res.once('drain', () => {
            clearTimeout(timer);
            more();
          });
          written += block.length;
          res.write(block);
          if (written >= 200 * block.length) res.end();
        };
        more();
      });
    });
    const leave = new AbortController();
    await send('/crm/v8/x', { signal: leave.signal });
    await stuck;
    leave.abort();
    expect(written).toBeLessThan(50 * 1024 * 1024);
  });

  it('refuses bodies over 100 MB, announced or not', async () => {
    upstream.answer((req, res) => {
      req.resume();
      req.on('end', () => res.end('all of it'));
      req.on('error', () => undefined);
    });
    const announced = program(app.url, key);
    const answer = await announced.call('POST', proxied(name, '/crm/v8/x'), {
      'content-length': 100 * 1024 * 1024 + 1,
      connection: 'close',
    });
    announced.stop();
    expect([answer.status, answer.body['code']]).toEqual([413, 'too_large']);
    async function* blocks(): AsyncGenerator<Buffer> {
      const block = Buffer.alloc(4 * 1024 * 1024);
      for (let count = 0; count < 26; count += 1) yield block;
    }
    const unannounced = send('/crm/v8/x', { method: 'POST', body: blocks() as never, duplex: 'half' });
    expect((await unannounced).status).toBe(413);
  });

  it('says so when the product cannot be reached or breaks off', async () => {
    upstream.answer((req) => void req.socket.destroy());
    const broken = await send('/crm/v8/x', { method: 'POST', body: 'x' });
    expect([broken.status, ((await broken.json()) as { code: string }).code]).toEqual([502, 'zoho_unavailable']);
    expect(upstream.received).toHaveLength(1);
  });

  it.each(['HTTP/1.1 000 Nothing', 'HTTP/1.1 600 Other', 'HTTP/1.1 999 Denied', 'HTTP/1.1 20', 'SSH-2.0-OpenSSH_9.2'])(
    'says so when the answer is not HTTP: %s',
    async (line) => {
      upstream.answer((req) => void req.socket.end(`${line}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`));
      const answer = await send('/crm/v8/x');
      const { code, detail } = (await answer.json()) as { code: string; detail: string };
      expect([answer.status, code]).toEqual([502, 'zoho_unavailable']);
      expect(detail).toContain('sent an answer that is not HTTP');
    },
  );

  it('says so when the connection ends in the middle of the headers', async () => {
    upstream.answer((req) => void req.socket.end('HTTP/1.1 200 OK\r\nContent-'));
    const { detail } = (await (await send('/crm/v8/x', { method: 'POST', body: 'x' })).json()) as { detail: string };
    expect(detail).toContain('broke the connection off');
  });

  it('tries a call that changes nothing once more when the connection breaks off', async () => {
    upstream.answer((req, res) => void (upstream.received.length === 1 ? req.socket.destroy() : res.end('here')));
    expect(await (await send('/crm/v8/x')).text()).toBe('here');
    expect(upstream.received).toHaveLength(2);
  });

  it('ends the call at Zoho when the program goes away', async () => {
    const gone = new Promise<void>((resolve) => {
      upstream.answer((_req, res) => void res.once('close', resolve).write('begun'));
    });
    const leave = new AbortController();
    const response = await send('/crm/v8/x', { signal: leave.signal });
    expect(response.status).toBe(200);
    leave.abort();
    await gone;
  });

  it('answers HEAD with headers only', async () => {
    upstream.answer((_req, res) => void res.writeHead(200, { 'content-length': 12, etag: '"2"' }).end());
    const response = await send('/crm/v8/x', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), response.headers.get('etag')]).toEqual([
      200,
      '12',
      '"2"',
    ]);
  });
});
