// Measures the dashboard with few and very many connections, on both databases: node bench/list.mjs [100000 …] (after npm
// run build).
// Timings say something on a quiet machine only.
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import pg from 'pg';
import { keys, open, startDatabases } from './databases.mjs';
import { base, prepare, start } from './keeper.mjs';
import { cpuOf } from './process.mjs';

const require = createRequire(import.meta.url);
const { searchWords } = require('../dist/store/connection-details.js');

const asked = process.argv.slice(2).map(Number);
const sizes = asked.length > 0 ? asked : [10, 1000, 100_000];
const rounds = 40;
const paths = {
  'first page': '/',
  'by name': '/?sort=name',
  'search, one found': '/?q=customer-000007',
  'search, none found': '/?q=nobody-has-this',
  'search, all found': '/?q=customer',
  'search by account': '/?q=user3%40example.com',
  'search by tag': '/?tag=rare',
  broken: '/?status=broken',
  'new key, one found': '/keys/new?q=customer-000007',
  'new key, all found': '/keys/new?q=customer',
};

const { env, end } = await prepare();
const databases = await startDatabases();
for (const dialect of ['SQLite', 'PostgreSQL']) for (const size of sizes) await measure(dialect, size);
await databases.stop();
await end();

async function measure(dialect, size) {
  const url = await databases.create(dialect);
  const store = await open(url);
  await fill(store, size);
  await store.close();
  if (dialect === 'PostgreSQL') await vacuum(url);
  const server = await start(['node', 'dist/main.js', 'serve'], base, {
    ...env,
    DATABASE_URL: url,
    ENCRYPTION_KEYS: keys,
  });
  for (const [name, path] of Object.entries(paths)) {
    report(`${dialect}, ${size}: ${name}`, await timesOf(path, server.pid));
  }
  await server.stop();
}

/** Time from outside, CPU of server and database, and size of the answer; the first rounds warm up. */
async function timesOf(path, pid) {
  for (let round = 0; round < rounds / 4; round++) await load(path);
  const before = cpuOf(pid) + cpuOf(databases.pid);
  const taken = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    bytes = await load(path);
    taken.push(performance.now() - from);
  }
  const cpu = (cpuOf(pid) + cpuOf(databases.pid) - before) / rounds / 1000;
  const sorted = taken.toSorted((one, other) => one - other);
  const at = (part) => sorted[Math.floor(rounds * part)].toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, CPU ${cpu.toFixed(1)} ms, ${Math.round(bytes / 1000)} kB`;
}

async function load(path) {
  const answer = await fetch(base + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.arrayBuffer()).byteLength;
}

/** What PostgreSQL does by itself within a minute. */
async function vacuum(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('vacuum analyze');
  await client.end();
}

/** One in a hundred is broken, one in a hundred waits, one in fifty is disconnected; each was refreshed hourly. */
async function fill({ db }, size) {
  const now = Date.now();
  const at = (seconds) => new Date(now + seconds * 1000).toISOString();
  for (let from = 0; from < size; from += 500) {
    const rows = Array.from({ length: Math.min(500, size - from) }, (_, index) => rowOf(from + index, at));
    await db.transaction().execute(async (transaction) => {
      await transaction.insertInto('connections').values(rows).execute();
      const searched = rows.map((row) => ({ name: row.name, words: searchWords(row) }));
      await transaction.insertInto('connection_search').values(searched).execute();
      const tags = rows.flatMap(({ name, tags }) => tags.split(' ').map((tag) => ({ tag, name })));
      await transaction.insertInto('connection_tags').values(tags).execute();
      const refreshes = rows.flatMap((row) => [1, 2, 3, 4, 5, 6].map((hour) => refreshOf(row, at(-3600 * hour))));
      await transaction.insertInto('refreshes').values(refreshes).execute();
    });
  }
}

function rowOf(number, at) {
  const name = `customer-${String(number).padStart(6, '0')}`;
  const kind = number % 100;
  const failing = kind === 7 || kind === 8;
  return {
    id: randomUUID(),
    name,
    label: `Label of customer ${number}`,
    tags: number % 5000 === 3 ? 'prod rare' : number % 2 === 0 ? 'prod' : 'test',
    client_id: '1000.BENCH',
    data_center: 'us',
    asked_data_center: 'us',
    api_domain: 'https://www.zohoapis.com',
    environment: 'production',
    scopes: 'ZohoCRM.modules.ALL ZohoCRM.users.READ ZohoCRM.org.READ AaaServer.profile.Read',
    user_name: `User ${number}`,
    user_email: `user${number}@example.com`,
    organisation: `Organisation ${number}`,
    status: kind === 50 || kind === 51 ? 'revoked' : kind === 9 ? 'needs_reconnect' : 'active',
    refresh_token_id: randomUUID(),
    refresh_token_sealed: 'x'.repeat(180),
    access_token_sealed: 'x'.repeat(180),
    access_token_expires_at: at(kind === 7 ? -60 : 600 + kind * 25),
    access_token_life: 3600,
    refreshed_at: at(-1800),
    refreshed_by: 'program',
    error_code: kind === 9 ? 'invalid_code' : failing ? 'general_error' : null,
    // Nothing is due while it is measured.
    retry_at: failing ? at(3600) : null,
    failures: failing ? 1 : 0,
    seq: 1,
    connected_at: at(-86_400 - number),
    checked_at: at(0),
  };
}

function refreshOf(row, startedAt) {
  return {
    id: randomUUID(),
    connection_id: row.id,
    refresh_token_id: row.refresh_token_id,
    started_at: startedAt,
    requested_by: 'program',
    result: 'ok',
    took_ms: 120,
  };
}

function report(what, value) {
  process.stdout.write(`${what.padEnd(48)}${value}\n`);
}
