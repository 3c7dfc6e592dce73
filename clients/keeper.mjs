// The Keeper behind the contract of `zoho-simulator score` (docs/simulator.md): its pages and its API at the client's port.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const { origin, host, port } = new URL(process.env.ZOHO_REDIRECT_URI);
const keeper = { host: '127.0.0.1', port: await freePort() };
const env = { ...process.env, BASE_URL: origin, PORT: keeper.port, LOG_LEVEL: 'silent' };
const program = [fileURLToPath(new URL('../dist/main.js', import.meta.url)), '--dir', '.'];

if (!existsSync('key'))
  writeFileSync('key', execFileSync('node', [...program, 'keys', 'create', '--name', 'score'], { env }));
const authorization = `Bearer ${readFileSync('key', 'utf8').trim()}`;
const server = spawn('node', [...program, 'serve'], { env, stdio: 'inherit' }).once('exit', () => process.exit());
process.once('SIGTERM', () => server.kill());
while (!(await get('/healthz').catch(() => null))) await wait(50);
createServer(async (req, res) => {
  const found = await (req.url === '/connect'
    ? connect(req)
    : req.url === '/token'
      ? token()
      : get(req.url, req.headers));
  found.pipe(res.writeHead(found.statusCode, found.headers));
}).listen(port, '127.0.0.1');

/** What the buttons Connect and Reconnect do. */
async function connect({ headers }) {
  const again = await get('/connections/default/reconnect', headers, 'POST');
  return again.statusCode === 404 ? get('/connect', headers, 'POST') : again;
}

function token() {
  return get('/api/v1/connections/default/token', { authorization, accept: 'text/plain' });
}

async function get(path, headers = {}, method = 'GET') {
  const [answer] = await once(
    request({ ...keeper, path, method, headers: { ...headers, host, origin } }).end(),
    'response',
  );
  return answer;
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return free;
}
