import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../support/site';
import { inProcess, type TestApp } from '../support/start';
import { send } from '../support/http';
import { openLive } from '../support/live';
import { freshFolder } from '../support/postgres';
import { type Person } from '../support/person';
import { someScopes } from '../support/scopes';
import { owner, password } from '../support/sign-in';
import { skipAloud } from './skip';

const isThere = spawnSync('nginx', ['-v']).status === 0;
if (!isThere) skipAloud('behind nginx', 'the program nginx is missing (apt-get install nginx-light)');

(isThere ? describe : describe.skip)('behind nginx, set up as docs/deploying.md says', () => {
  let nginx: ChildProcess;
  let app: TestApp;
  let someone: Person;
  beforeAll(async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    app = await inProcess({
      BASE_URL: url,
      ZOHO_REDIRECT_URI: `${url}/oauth/callback`,
      DASHBOARD_PASSWORD: password,
      TRUSTED_PROXIES: '127.0.0.1',
    });
    nginx = await startNginx(port, documented(port, app.config.port));
    someone = await owner({ ...app, url });
  });
  afterAll(async () => {
    nginx.kill();
    await once(nginx, 'close');
    await app.stop();
  });

  it('a connection is made', async () => {
    const answer = await someone.connect({ name: 'crm' });
    expect(answer.text).toContain('“crm” is connected.');
  });

  it('open pages hear at once what changed, and when they are signed out', async () => {
    const someone = await owner({ ...app, url: app.config.baseUrl });
    const live = await openLive(app.config.baseUrl, someone.cookie());
    await live.hears('*');
    await someone.connect({ name: 'heard' });
    await live.hears('connections/heard');
    await someone.submit('/logout');
    expect(await live.ended).toContain('event: signed-out');
  });

  it('ninety scopes are asked for, on a page that leads to Zoho', async () => {
    const scopes = someScopes(90);
    const answer = await someone.submit('/connect', { name: 'many', scopes });
    expect(answer.status).toBe(200);
    const link = /<a [^>]*data-onward href="([^"]+)"/.exec(answer.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(new URL(link).searchParams.get('scope')).toBe(scopes);
  });

  it('the longest address that is still a redirect fits', async () => {
    const lengths: number[] = [];
    for (let count = 20; count < 90; count++) {
      const answer = await someone.submit('/connect', { name: 'some', scopes: someScopes(count) });
      if (answer.status !== 303) break;
      lengths.push((answer.headers['location'] as string).length);
    }
    expect(Math.max(...lengths)).toBeGreaterThan(1900);
  });
});

(isThere ? describe : describe.skip)('behind nginx, set up as nginx itself proposes, and without a password', () => {
  it.each(['', 'proxy_http_version 1.1; proxy_set_header X-Real-IP $remote_addr;', 'proxy_set_header Host $host;'])(
    'nobody sees a page: %p',
    async (more) => {
      const app = await inProcess();
      const port = await freePort();
      const location = `location / { proxy_pass http://127.0.0.1:${app.config.port}; ${more} }`;
      const nginx = await startNginx(
        port,
        `server { listen 127.0.0.1:${port}; server_name tokens.example.com; ${location} }`,
      );
      const headers = { Host: 'tokens.example.com', 'Sec-Fetch-Site': 'same-origin' };
      const answer = await send(`http://127.0.0.1:${port}`, { path: '/setup', headers });
      expect([403, 421]).toContain(answer.status);
      expect(answer.body).not.toContain('<form');
      expect((await send(app.url, { path: '/setup' })).status).toBe(200);
      nginx.kill();
      await once(nginx, 'close');
      await app.stop();
    },
  );
});

/** The server block of the documentation, on another port and without TLS. */
function documented(port: number, keeperPort: number): string {
  const docs = readFileSync(join(__dirname, '../../docs/deploying.md'), 'utf8');
  const block = /```nginx\n([^`]+)```/.exec(docs)?.[1] ?? '';
  return block
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replace(/ *ssl_.*\n/g, '')
    .replace('127.0.0.1:3000', `127.0.0.1:${keeperPort}`)
    .replace('server_name tokens.example.com', 'server_name localhost');
}

async function startNginx(port: number, server: string): Promise<ChildProcess> {
  const folder = freshFolder();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder};`);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {}
     http { access_log off; ${temporary.join(' ')} ${server} }`,
  );
  const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  nginx.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  while (!(await answers(port))) {
    if (nginx.exitCode !== null) throw new Error(`nginx did not start: ${said}`);
  }
  return nginx;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => setTimeout(() => resolve(false), 20));
    socket.once('connect', () => socket.destroy());
  });
}
