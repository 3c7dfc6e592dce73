#!/usr/bin/env node
// The Keeper behind the contract of `zoho-simulator score` (docs/simulator.md): its pages and its API at the client's port.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const { origin, host, port } = new URL(process.env.ZOHO_REDIRECT_URI);
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const keeper = { host: '127.0.0.1', port: probe.address().port };
await once(probe.close(), 'close');
const env = { ...process.env, BASE_URL: origin, PORT: keeper.port, LOG_LEVEL: 'silent' };
const program = [fileURLToPath(new URL('../dist/main.js', import.meta.url)), '--dir', '.'];

const create = [...program, 'keys', 'create', '--name', 'score'];
if (!existsSync('key')) writeFileSync('key', execFileSync('node', create, { env }));
const authorization = `Bearer ${readFileSync('key', 'utf8').trim()}`;
const server = spawn('node', [...program, 'serve'], { env, stdio: 'inherit' }).once('exit', () => process.exit());
process.once('SIGTERM', () => server.kill());
while (!(await ask('/healthz').catch(() => null))) await wait(50);
createServer(async ({ url, headers }, res) => {
  const token = { authorization, accept: 'text/plain' };
  let answer = await (url === '/token' ? ask('/api/v1/connections/default/token', token) : ask(url, headers));
  // The buttons of the pages: the one that connects again, and where nothing is connected the one that begins.
  if (url === '/connect') answer = await ask('/connections/default/reconnect', headers, 'POST');
  if (url === '/connect' && answer.statusCode === 404) answer = await ask(url, headers, 'POST');
  answer.pipe(res.writeHead(answer.statusCode, answer.headers));
}).listen(port, '127.0.0.1');

async function ask(path, headers = {}, method = 'GET') {
  const options = { ...keeper, path, method, headers: { ...headers, host, origin } };
  const [answer] = await once(request(options).end(), 'response');
  return answer;
}
