import { readFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createAuthority, type Authority } from '../support/certificates';
import { send } from '../support/http';
import { openLive } from '../support/live';
import { type Person } from '../support/person';
import { freshFolder } from '../support/postgres';
import { someKey } from '../support/program';
import { documented, isThere, proxies, startReverseProxy } from '../support/reverse-proxy';
import { someScopes } from '../support/scopes';
import { owner, password } from '../support/sign-in';
import { freePort } from '../support/site';
import { inProcess, type TestApp } from '../support/start';
import { startUpstream, type Upstream } from '../support/upstream';
import { itWhere, skipAloud } from '../support/skip';

const there = proxies.filter((proxy) => {
  if (isThere(proxy)) return true;
  skipAloud(`behind ${proxy.name}`, `the program ${proxy.program} is missing (apt-get install ${proxy.packageName})`);
  return false;
});
const places = there.flatMap((proxy) => ['', '/zoho'].map((base) => ({ name: proxy.name, base, proxy })));

// Each that is missing was named above; a file without any test would count as failed.
if (places.length === 0) itWhere(false, 'reverse proxies', 'none of the programs is here')('pass', () => undefined);
else
  describe.each(places)('behind $name, set up as docs/proxies.md says, at the path "$base"', ({ proxy, base }) => {
    let authority: Authority;
    let ca: Buffer;
    let app: TestApp;
    let upstream: Upstream;
    let url: string;
    let someone: Person;
    let stopProxy: () => Promise<void>;
    beforeAll(async () => {
      authority = createAuthority(freshFolder());
      ca = readFileSync(authority.file);
      upstream = await startUpstream();
      const port = await freePort();
      url = `https://localhost:${port}${base}`;
      app = await inProcess({
        BASE_URL: url,
        ZOHO_REDIRECT_URI: `${url}/oauth/callback`,
        ZOHO_API_URLS: `us=${upstream.url}`,
        DASHBOARD_PASSWORD: password,
        TRUSTED_PROXIES: '127.0.0.1',
      });
      const certificate = authority.issue('localhost');
      const block = documented(proxy, { port, keeperPort: app.config.port, isBelow: base !== '', certificate });
      stopProxy = await startReverseProxy(proxy, block, port);
      someone = await owner({ ...app, url, ca } as TestApp);
    });
    afterAll(async () => {
      await stopProxy();
      await app.stop();
      await upstream.close();
    });

    it('a connection is made', async () => {
      expect((await someone.connect({ name: 'crm' })).text).toContain('“crm” is connected.');
    });

    it('open pages hear at once what changed, and when they are signed out', async () => {
      const other = await owner({ ...app, url, ca } as TestApp);
      const live = await openLive(url, other.cookie(), ca);
      await live.hears('*');
      await other.connect({ name: 'heard' });
      await live.hears('connections/heard');
      await other.submit('/logout');
      expect(await live.ended).toContain('event: signed-out');
    });

    it('20 MB go through, and paths as they are written', async () => {
      const headers = { Authorization: `Bearer ${await someKey(app.server.store)}` };
      const size = 20 * 1024 * 1024;
      upstream.answer((req, res) => {
        let bytes = 0;
        req.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => res.end(`${bytes} at ${req.url}`));
      });
      const files = '/api/v1/connections/crm/proxy/files';
      const sent = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/octet-stream' } };
      const answer = await ask(`${files}/a%20b%3Ac?d=%2F`, sent, Buffer.alloc(size));
      expect([answer.status, answer.body]).toEqual([200, `${size} at /files/a%20b%3Ac?d=%2F`]);
      // Clients that were generated encode a path as a whole.
      expect((await ask(`${files}%2Fd`, { headers })).body).toBe('0 at /files/d');
    });

    it('the activity names the address of the browser, whatever that says itself', async () => {
      const headers = {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Sec-Fetch-Site': 'same-origin',
        'X-Forwarded-For': '203.0.113.9',
        Forwarded: 'for=203.0.113.9',
      };
      await ask('/login', { method: 'POST', headers, localAddress: '127.0.0.7' }, Buffer.from('password=wrong-one'));
      const { text: activity } = await someone.visit('/events');
      expect(activity).toContain('127.0.0.7');
      expect(activity).not.toContain('203.0.113.9');
    });

    it('large headers fit: cookies of others, and the longest address that is still a redirect', async () => {
      const { status } = await ask('/login', { headers: { Cookie: `other=${'x'.repeat(7000)}` } });
      expect(status).toBe(200);
      const lengths: number[] = [];
      for (let count = 40; count < 90; count += 2) {
        const answer = await someone.submit('/connect', { name: 'some', scopes: someScopes(count) });
        if (answer.status !== 303) break;
        lengths.push((answer.headers['location'] as string).length);
      }
      expect(Math.max(...lengths)).toBeGreaterThan(1800);
    });

    it('ninety scopes are asked for, on a page that leads to Zoho', async () => {
      const scopes = someScopes(90);
      const answer = await someone.submit('/connect', { name: 'many', scopes });
      expect(answer.status).toBe(200);
      const link = /<a [^>]*data-onward href="([^"]+)"/.exec(answer.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      expect(new URL(link).searchParams.get('scope')).toBe(scopes);
    });

    function ask(path: string, options: RequestOptions, body?: Buffer): Promise<{ status: number; body: string }> {
      return new Promise((resolve, reject) => {
        const { hostname, port } = new URL(url);
        const outgoing = request(
          { hostname, port, family: 4, path: base + path, ca, agent: false, ...options },
          (res) => {
            text(res).then((answer) => resolve({ status: res.statusCode ?? 0, body: answer }), reject);
          },
        );
        outgoing.on('error', reject).end(body);
      });
    }
  });

const caddy = there.find(({ program }) => program === 'caddy');
const noCaddy = 'the program caddy is missing (apt-get install caddy)';
itWhere(
  caddy !== undefined,
  'the Caddyfile of compose.postgres.yaml',
  noCaddy,
)('the Caddyfile of compose.postgres.yaml answers while one of the two Keepers is away', async () => {
  if (caddy === undefined) return;
  const app = await inProcess();
  const port = await freePort();
  const file = readFileSync(join(__dirname, '../../deploy/Caddyfile'), 'utf8');
  const block = file
    .replace('{$KEEPER_HOST}', `http://localhost:${port}`)
    .replace('keeper-1:3000', `127.0.0.1:${await freePort()}`)
    .replace('keeper-2:3000', `127.0.0.1:${app.config.port}`);
  const stop = await startReverseProxy(caddy, block, port);
  for (let times = 0; times < 4; times++) {
    expect((await send(`http://localhost:${port}`, { path: '/healthz' })).status).toBe(200);
  }
  await stop();
  await app.stop();
});
