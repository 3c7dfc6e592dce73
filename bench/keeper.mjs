import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { startSimulator } = require('../dist/simulator/simulator.js');

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Two benchmarks at once need two ports. */
export const base = `http://localhost:${process.env.BENCH_PORT ?? 3977}`;

const running = new Set();
process.on('exit', () => running.forEach((child) => process.kill(-child.pid, 'SIGKILL')));

/** A simulated Zoho, and the settings of a Keeper on a database of its own that works with it. */
export async function prepare() {
  const client = { id: '1000.BENCH', secret: 'b'.repeat(42) };
  const folder = mkdtempSync(join(tmpdir(), 'keeper-bench-'));
  const redirectUris = [`${base}/oauth/callback`];
  const simulator = await startSimulator({
    dataCenters: ['us'],
    clients: [{ ...client, redirectUris, dataCenter: 'us' }],
  });
  const env = {
    ...process.env,
    PORT: new URL(base).port,
    ZOHO_CLIENT_ID: client.id,
    ZOHO_CLIENT_SECRET: client.secret,
    ZOHO_ACCOUNTS_URLS: `us=${simulator.urls.us}`,
    DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}`,
  };
  const end = async () => {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { env, simulator, end };
}

/** Starts a server and waits for its first answer with status 200; `took` is how long that was, in milliseconds. */
export async function start([command, ...args], url, env = process.env) {
  const from = performance.now();
  const child = spawn(command, args, { cwd: root, env, stdio: 'ignore', detached: true });
  running.add(child);
  child.once('exit', () => running.delete(child));
  while (!(await answers(url))) await pause(5);
  const stop = async () => {
    const ended = once(child, 'exit');
    process.kill(-child.pid, 'SIGTERM');
    await ended;
  };
  return { took: performance.now() - from, pid: child.pid, stop };
}

async function answers(url) {
  try {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Makes the connection `default`, as a person does who clicks and consents. */
export async function connect(simulator) {
  const away = await fetch(`${base}/connect`, { method: 'POST', headers: { origin: base }, redirect: 'manual' });
  const cookie = away.headers.get('set-cookie').split(';')[0];
  const back = simulator.control.authorize(away.headers.get('location'));
  await fetch(back, { headers: { cookie }, redirect: 'manual' });
}

/** An API key for all connections. */
export function createKey(env) {
  const args = ['dist/main.js', 'keys', 'create', '--name', 'bench', '--connections', '*'];
  return execFileSync('node', args, { cwd: root, env }).toString().trim();
}
