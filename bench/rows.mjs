// Measures an installation with many connections and a long history: npm run bench:rows -- 100000 2000000,
// on SQLite and then, moved there, on PostgreSQL. Timings say something on a quiet machine only.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { base, createKey, prepare, root, start } from './keeper.mjs';

const require = createRequire(import.meta.url);
const BetterSqlite = require('better-sqlite3');
const { openStore } = require('../dist/store/open.js');
const { forgetOldRows } = require('../dist/maintenance/retention.js');

const [connections = 100_000, rows = 2_000_000] = process.argv.slice(2).map(Number);
const rounds = 20;
const keys = `bench:${Buffer.alloc(32, 7).toString('base64')}`;
const day = 24 * 3600;
const now = Date.now();
const at = (seconds) => new Date(now + seconds * 1000).toISOString();

const { env, end } = await prepare();
const file = env.DATABASE_URL.slice('sqlite:'.length);
Object.assign(env, { ENCRYPTION_KEYS: keys });
await timed('to fill it', fill);
report('file', `${(statSync(file).size / 1e6).toFixed(0)} MB`);
await measure('SQLite', env);
const postgres = spawn('node', [join(root, 'test/support/postgres-server.mjs')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [url] = await once(createInterface(postgres.stdout), 'line');
await timed('move-store', async () =>
  execFileSync('node', ['dist/main.js', 'move-store', '--to', url], { cwd: root, env, stdio: ['ignore', 'ignore', 2] }),
);
await measure('PostgreSQL', { ...env, DATABASE_URL: url });
postgres.stdin.end();
await end();

async function measure(dialect, settings) {
  const key = createKey(settings);
  const server = await start(['node', 'dist/main.js', 'serve'], base, settings);
  report(`${dialect}: start to the first answer`, `${server.took.toFixed(0)} ms`);
  const name = nameOf(12_344);
  const authorization = { authorization: `Bearer ${key}` };
  await ask(`${dialect}: dashboard`, '/');
  await ask(`${dialect}: keys`, '/keys');
  await ask(`${dialect}: one connection`, `/connections/${name}`);
  await ask(`${dialect}: activity`, '/events');
  await ask(`${dialect}: token call`, `/api/v1/connections/${name}/token`, authorization);
  await ask(`${dialect}: metrics`, '/metrics', authorization);
  report(`${dialect}: connect without a name`, await sent('/connect'));
  report(`${dialect}: memory`, `${(memoryOf(server.pid) / 1000).toFixed(0)} MB`);
  await server.stop();
  report(`${dialect}: clean-up`, await cleanUp(settings.DATABASE_URL));
}

async function ask(what, path, headers = {}) {
  const taken = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    const answer = await fetch(base + path, { headers });
    bytes = (await answer.arrayBuffer()).byteLength;
    taken.push(performance.now() - from);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  }
  const sorted = taken.toSorted((one, other) => one - other);
  const [first] = taken;
  report(what, `${sorted[rounds / 2].toFixed(1)} ms (the first ${first.toFixed(0)}), ${(bytes / 1000).toFixed(0)} kB`);
}

async function sent(path) {
  const from = performance.now();
  const answer = await fetch(base + path, { method: 'POST', headers: { origin: base }, redirect: 'manual' });
  await answer.arrayBuffer();
  return `${(performance.now() - from).toFixed(0)} ms (${answer.status})`;
}

/** The longest that nothing else could be done meanwhile. */
async function cleanUp(databaseUrl) {
  const store = await openStore(databaseUrl, keys);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const from = performance.now();
  await forgetOldRows({ store, now: () => new Date(now + day * 1000) });
  const took = performance.now() - from;
  await pause(20);
  delay.disable();
  await store.close();
  return `${(took / 1000).toFixed(1)} s, longest stop ${(delay.max / 1e6).toFixed(0)} ms`;
}

function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Half of the rows are refreshes of the last 32 days, half are events of the last 100. */
async function fill() {
  const store = await openStore(env.DATABASE_URL, keys);
  const ids = Array.from({ length: connections }, () => randomUUID());
  const sealed = ids.map((id) => ({
    refresh: store.cipher.seal(`1000.${'a'.repeat(32)}`, { column: 'connections.refresh_token', row: id }),
    access: store.cipher.seal(`1000.${'b'.repeat(32)}`, { column: 'connections.access_token', row: id }),
  }));
  await store.close();
  const sqlite = new BetterSqlite(file);
  for (const setting of ['journal_mode = OFF', 'synchronous = OFF', 'cache_size = -800000']) sqlite.pragma(setting);
  const insert = (table) => {
    const statements = new Map();
    return (row) => {
      const columns = Object.keys(row);
      const text = `insert into ${table} (${columns.join()}) values (@${columns.join(',@')})`;
      if (!statements.has(text)) statements.set(text, sqlite.prepare(text));
      statements.get(text).run(row);
    };
  };
  const tables = [
    'connections',
    'connection_search',
    'refreshes',
    'events',
    'sessions',
    'flows',
    'alerts',
    'deliveries',
  ];
  const into = Object.fromEntries(tables.map((table) => [table, insert(table)]));
  sqlite.transaction(() => {
    ids.forEach((id, number) => {
      const row = connectionRow(id, number, sealed[number]);
      into.connections(row);
      into.connection_search({ name: row.name, words: `${row.name} ${row.user_email}` });
    });
    for (let number = 0; number < rows / 2; number++) {
      into.refreshes(refreshRow(ids[number % connections], (-32 * day * number) / (rows / 2)));
      into.events(eventRow(number, (-100 * day * number) / (rows / 2)));
    }
    // What the clean-up has to remove, in tables that are usually short.
    for (let number = 0; number < rows / 40; number++) {
      into.sessions({
        id_digest: randomUUID(),
        data_sealed: 'x'.repeat(200),
        created_at: at(-day),
        expires_at: at(-60),
      });
      into.flows(flowRow(number));
      const alert = randomUUID();
      into.alerts({ id: alert, at: at(-31 * day), type: 'connection.broken' });
      into.deliveries({
        id: randomUUID(),
        alert_id: alert,
        target_id: 't',
        status: 'delivered',
        attempts: 1,
        due_at: at(-31 * day),
      });
    }
  })();
  sqlite.close();
}

function nameOf(number) {
  return `customer-${String(number % connections).padStart(6, '0')}`;
}

function connectionRow(id, number, { refresh, access }) {
  return {
    id,
    name: nameOf(number),
    client_id: env.ZOHO_CLIENT_ID,
    data_center: 'us',
    asked_data_center: 'us',
    api_domain: 'https://www.zohoapis.com',
    environment: 'production',
    scopes: 'ZohoCRM.modules.ALL AaaServer.profile.Read',
    zuid: String(60_000_000 + number),
    user_name: `User ${number}`,
    user_email: `user${number}@example.com`,
    status: number % 100 === 9 ? 'needs_reconnect' : 'active',
    refresh_token_id: randomUUID(),
    refresh_token_sealed: refresh,
    access_token_sealed: access,
    // Nothing is due while it is measured.
    access_token_expires_at: at(2 * 3600),
    access_token_life: 3600,
    renew_by: at(2 * 3600),
    refreshed_at: at(-60),
    refreshed_by: 'program',
    error_code: number % 100 === 9 ? 'invalid_code' : null,
    failures: 0,
    seq: 1,
    connected_at: at(-day - number),
    checked_at: at(0),
  };
}

function refreshRow(id, seconds) {
  return {
    id: randomUUID(),
    connection_id: id,
    refresh_token_id: id,
    started_at: at(seconds),
    requested_by: 'program',
    result: 'ok',
    took_ms: 120,
  };
}

function eventRow(number, seconds) {
  const action = number % 2 === 0 ? 'token_refreshed' : 'token_taken';
  return { id: randomUUID(), at: at(seconds), actor: 'keeper', action, subject: nameOf(number), seal: '000000000001' };
}

function flowRow(number) {
  return {
    id: randomUUID(),
    state_digest: randomUUID(),
    session_digest: 'x',
    status: 'done',
    connection_name: nameOf(number),
    client_id: env.ZOHO_CLIENT_ID,
    data_center: 'us',
    scopes: 'x',
    redirect_uri: 'x',
    created_at: at(-2 * day),
    updated_at: at(-2 * day),
  };
}

async function timed(what, work) {
  const from = performance.now();
  await work();
  report(what, `${((performance.now() - from) / 1000).toFixed(1)} s`);
}

function report(what, value) {
  process.stdout.write(`${what.padEnd(48)}${value}\n`);
}
