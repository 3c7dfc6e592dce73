// Measures the dashboard with few and very many connections, on both databases: node bench/list.mjs (after npm run build).
// Timings say something on a quiet machine only.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { base, prepare, root, start } from './keeper.mjs';

const require = createRequire(import.meta.url);
const { openStore } = require('../dist/store/open.js');
const { searchWords } = require('../dist/store/connection-details.js');
const { sql } = require('kysely');

const sizes = [10, 1000, 100_000];
const rounds = 40;
const keys = `bench:${Buffer.alloc(32, 7).toString('base64')}`;
const paths = {
  'first page': '/',
  'by name': '/?sort=name',
  'search, one found': '/?q=customer-000007',
  'search, none found': '/?q=nobody-has-this',
  'search, all found': '/?q=customer',
  'search by account': '/?q=user3%40example.com',
  'search by tag': '/?tag=rare',
  broken: '/?status=broken',
};

const { env, end } = await prepare();
const postgres = spawn('node', [join(root, 'test/support/postgres-server.mjs')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [postgresUrl] = await once(createInterface(postgres.stdout), 'line');
for (const [dialect, urlFor] of [
  ['SQLite', (size) => env.DATABASE_URL.replace('keeper.db', `keeper-${size}.db`)],
  ['PostgreSQL', (size) => postgresUrl.replace(/[^/]*$/, `keeper_${size}`)],
]) {
  for (const size of sizes) await measure(dialect, urlFor(size), size);
}
postgres.stdin.end();
await end();

async function measure(dialect, url, size) {
  if (dialect === 'PostgreSQL') await createDatabase(url);
  const store = await openStore(url, keys);
  await fill(store, size, dialect);
  await store.close();
  const server = await start(['node', 'dist/main.js', 'serve'], base, {
    ...env,
    DATABASE_URL: url,
    ENCRYPTION_KEYS: keys,
  });
  for (const [name, path] of Object.entries(paths)) report(`${dialect}, ${size}: ${name}`, await timesOf(path));
  await server.stop();
}

async function timesOf(path) {
  const taken = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    const answer = await fetch(base + path);
    bytes = (await answer.arrayBuffer()).byteLength;
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    if (round >= rounds / 4) taken.push(performance.now() - from);
  }
  const sorted = taken.toSorted((one, other) => one - other);
  return `${sorted[Math.floor(sorted.length / 2)].toFixed(1)} ms (95 %: ${sorted[Math.floor(sorted.length * 0.95)].toFixed(1)}), ${(bytes / 1000).toFixed(0)} kB`;
}

async function createDatabase(url) {
  const { Client } = require('pg');
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`create database ${new URL(url).pathname.slice(1)}`);
  await client.end();
}

/** One in a hundred is broken, one in a hundred waits, one in fifty is disconnected; each was refreshed hourly. */
async function fill({ db }, size, dialect) {
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
  // What PostgreSQL does by itself within a minute.
  if (dialect === 'PostgreSQL') await sql`vacuum analyze`.execute(db);
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
