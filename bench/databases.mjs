import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { root } from './keeper.mjs';
import { secret } from './zoho.mjs';

const require = createRequire(import.meta.url);
const { openStore } = require('../dist/store/open.js');
const { sealRefreshToken, accessColumns } = require('../dist/store/connections.js');
const { sql } = require('kysely');

export const keys = `bench:${randomBytes(32).toString('base64')}`;

/** A PostgreSQL server and a folder for SQLite; `create` gives the URL of a new database in one of them. */
export async function startDatabases() {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-bench-'));
  const child = spawn('node', ['test/support/postgres-server.mjs'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const [url] = await once(createInterface(child.stdout), 'line');
  let made = 0;
  return { create, pid: child.pid, stop };

  async function create(dialect) {
    const name = `bench_${made++}`;
    if (dialect === 'SQLite') return `sqlite:${join(folder, `${name}.db`)}`;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    return url.replace(/[^/]*$/, name);
  }

  async function stop() {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens a database as a Keeper with `keys` does. */
export function open(url) {
  return openStore(url, keys);
}

/** Adds connections that are well and that nothing is due for; the first one is called `default`. */
export async function fill({ db, ...store }, count) {
  for (let from = 0; from < count; from += 500) {
    const numbers = Array.from({ length: Math.min(500, count - from) }, (_, index) => from + index);
    const rows = numbers.map((number) => connection(store, number));
    await db.insertInto('connections').values(rows).execute();
  }
}

/** Copies of `default` beside it, up to so many, whose tokens nobody can open, each with six lines of the ledger. */
export async function multiply({ db, file }, count) {
  const row = await db.selectFrom('connections').selectAll().executeTakeFirstOrThrow();
  const own = {
    id: sql`'copy-' || n`,
    name: sql`'c-' || (1000000 + n)`,
    user_name: sql`'User ' || n`,
    organisation: sql`'Organisation ' || n`,
  };
  const columns = Object.keys(row);
  const values = columns.map((column) => own[column] ?? sql`${sql.ref(column)}`);
  await sql`
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${sql.lit(count - 1)})
    insert into connections (${sql.join(columns.map((column) => sql.ref(column)))})
    select ${sql.join(values)} from connections, numbers where name = 'default'`.execute(db);
  await sql`insert into connection_search (name, words) select name, lower(name || ' ' || user_name) from connections`.execute(
    db,
  );
  for (let hour = 1; hour <= 6; hour++) {
    const line = [sql`'r' || ${sql.lit(hour)} || id`, sql`id`, sql`refresh_token_id`, sql.lit(at(-3600 * hour))];
    await sql`
      insert into refreshes (id, connection_id, refresh_token_id, started_at, requested_by, result, took_ms)
      select ${sql.join(line)}, 'schedule', 'ok', 120 from connections`.execute(db);
  }
  // What PostgreSQL does by itself within a minute.
  if (file === null) await sql`vacuum analyze`.execute(db);
}

function connection(store, number) {
  const id = randomUUID();
  const access = { token: secret(), expiresAt: at(3600), life: 3600, receivedAt: at(0), requestedBy: 'program' };
  return {
    id,
    name: number === 0 ? 'default' : `c-${1_000_000 + number}`,
    client_id: '1000.BENCH',
    data_center: 'us',
    asked_data_center: 'us',
    api_domain: 'https://www.zohoapis.com',
    environment: 'production',
    scopes: 'ZohoCRM.modules.ALL ZohoCRM.org.READ',
    asked_scopes: 'ZohoCRM.modules.ALL ZohoCRM.org.READ',
    user_name: `User ${number}`,
    user_email: `user${number}@example.com`,
    organisation: `Organisation ${number}`,
    status: 'active',
    refresh_token_id: randomUUID(),
    ...sealRefreshToken(store, id, secret()),
    ...accessColumns(store, id, access),
    // Long enough for any run.
    renew_by: at(3600),
    failures: 0,
    seq: 1,
    connected_at: at(-86_400 - number),
    checked_at: at(0),
  };
}

function at(seconds) {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
