// Measures the compiled program from outside: node bench/run.mjs (npm run bench). Timings say something on a quiet machine only.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, readdirSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const { startSimulator } = require('../dist/simulator/simulator.js');

const client = { id: '1000.BENCH', secret: 'b'.repeat(42) };
const port = 3977;
const base = `http://localhost:${port}`;
const folder = mkdtempSync(join(tmpdir(), 'keeper-bench-'));
const simulator = await startSimulator({
  dataCenters: ['us'],
  clients: [{ ...client, redirectUris: [`${base}/oauth/callback`], dataCenter: 'us' }],
});
const env = {
  ...process.env,
  PORT: String(port),
  ZOHO_CLIENT_ID: client.id,
  ZOHO_CLIENT_SECRET: client.secret,
  ZOHO_ACCOUNTS_URLS: `us=${simulator.urls.us}`,
  DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}`,
};

call.agent = new Agent({ keepAlive: true, maxSockets: 32 });
let key;
let server;
process.on('exit', () => server?.kill());
server = await start(['node', 'dist/main.js', 'serve']);
await connect();
await server.stop();
const starts = [];
for (let round = 0; round < 5; round++) {
  server = await start(['npm', 'start']);
  starts.push(server.took);
  if (round < 4) await server.stop();
}
report(
  'npm start to first answer, built before',
  starts
    .sort((a, b) => a - b)
    .map(ms)
    .join(', '),
);

key = execFileSync('node', ['dist/main.js', 'keys', 'create', '--name', 'bench', '--connections', '*'], {
  cwd: root,
  env,
})
  .toString()
  .trim();
const token = `${base}/api/v1/connections/default/token`;
await times(200, 1, () => call(token));
spread('fresh token, one caller', await times(2000, 1, () => call(token)));
const before = performance.now();
const many = await times(8000, 16, () => call(token));
spread('fresh token, 16 callers', many);
report('fresh tokens a second, 16 callers', Math.round(8000 / ((performance.now() - before) / 1000)));
report('memory of the server', `${Math.round(rss(server.pid()) / 1024)} MB`);
report('dashboard with one connection', `${(await pageWeight()) / 1000} kB`);

await server.stop();
await simulator.close();
rmSync(folder, { recursive: true, force: true });

async function start([command, ...args]) {
  const from = performance.now();
  const child = spawn(command, args, { cwd: root, env, stdio: 'ignore', detached: true });
  while (
    !(await call(`${base}/`).then(
      (answer) => answer.status === 200,
      () => false,
    ))
  )
    await pause(5);
  const kill = () => child.exitCode === null && process.kill(-child.pid, 'SIGKILL');
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-child.pid, 'SIGTERM');
    await ended;
    while (
      await call(`${base}/healthz`).then(
        () => true,
        () => false,
      )
    )
      await pause(5);
  };
  const pid = () => Number(execFileSync('pgrep', ['-f', 'dist/main.js serve']).toString().trim().split('\n').at(-1));
  return { took: performance.now() - from, stop, kill, pid };
}

async function connect() {
  const headers = { origin: base };
  const away = await fetch(`${base}/connect`, { method: 'POST', headers, redirect: 'manual' });
  const cookie = away.headers.get('set-cookie').split(';')[0];
  const back = simulator.control.authorize(away.headers.get('location'));
  await fetch(back, { headers: { cookie }, redirect: 'manual' });
}

async function pageWeight() {
  const html = (await call(`${base}/`)).bytes;
  const files = readdirSync(join(root, 'public')).filter((file) => file !== 'simulator.css');
  return html + files.reduce((sum, file) => sum + statSync(join(root, 'public', file)).size, 0);
}

function call(url) {
  return new Promise((resolve, reject) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    get(url, { agent: call.agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (part) => (bytes += part.length));
      response.on('end', () => resolve({ status: response.statusCode, bytes }));
    }).on('error', reject);
  });
}

async function times(count, callers, work) {
  const taken = [];
  let begun = 0;
  const caller = async () => {
    while (begun++ < count) {
      const from = performance.now();
      const { status } = await work();
      if (status !== 200) throw new Error(`answered ${status}`);
      taken.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return taken.sort((a, b) => a - b);
}

function spread(what, taken) {
  const at = (part) => ms(taken[Math.floor(taken.length * part)]);
  report(what, `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}`);
}

function rss(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function ms(value) {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function report(what, value) {
  process.stdout.write(`${what.padEnd(44)}${value}\n`);
}
