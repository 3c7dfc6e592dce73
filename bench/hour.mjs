// Two instances on PostgreSQL keep 100,000 connections fresh whose tokens end one after another, while a program reads
// tokens: npm run bench:hour -- 60 (minutes). Prints a line a minute.
import { setTimeout as pause } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { fill, open, startDatabases } from './databases.mjs';
import { cpuOf } from './process.mjs';
import { serve } from './servers.mjs';
import { startZoho } from './zoho.mjs';

const [minutes = 60, connections = 100_000] = process.argv.slice(2).map(Number);
const instances = 2;
const upstream = 300;
const readsPerSecond = 20;
/** Tokens are renewed five minutes before their end, so that nothing is due at the beginning. */
const firstEnd = 330;
/** Of one connection, two refreshes that are closer together were not both needed: tokens are renewed after 40 minutes. */
const tooSoon = '30 minutes';

const databases = await startDatabases();
const database = await databases.create('PostgreSQL');
const zoho = await startZoho(upstream);
const store = await open(database);
await fill(store, connections);
await store.close();
// As nobody's statements, so that they have no time limit.
const client = new pg.Client({ connectionString: database });
await client.connect();
await spread();
const servers = await Promise.all(Array.from({ length: instances }, () => serve({ database, zoho })));
const reads = { done: 0, failed: 0 };
const begin = performance.now();
const end = begin + minutes * 60_000;
const before = costs();
let mostExpired = 0;
void read();
for (let minute = 1; performance.now() < end; minute++) {
  while (performance.now() < begin + minute * 60_000) {
    mostExpired = Math.max(mostExpired, await expired());
    await pause(5000);
  }
  await report(minute);
}
await Promise.all(servers.map(({ stop }) => stop()));
await client.end();
zoho.stop();
await databases.stop();

/** All are in use. */
async function spread() {
  await client.query(`
    with ends as (
      select id, now() + (${firstEnd} + random() * ${3600 - firstEnd}) * interval '1 second' as ends_at from connections)
    update connections set used_at = ${iso('now()')}, renew_by = ${iso('ends_at')},
      access_token_expires_at = ${iso('ends_at')}, refreshed_at = ${iso("ends_at - interval '1 hour'")}
    from ends where ends.id = connections.id`);
  await client.query('vacuum analyze');
}

function iso(time) {
  return `to_char((${time}) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

async function read() {
  for (let at = begin; at < end; at += 1000 / readsPerSecond) {
    await pause(Math.max(0, at - performance.now()));
    void ask(servers[reads.done % instances], `c-${1_000_001 + Math.floor(Math.random() * (connections - 1))}`);
  }
}

async function ask({ base, program }, name) {
  const answer = await fetch(`${base}/api/v1/connections/${name}/token`, { headers: program }).catch(() => null);
  const { expires_in: left } = answer?.ok ? await answer.json() : {};
  reads.done++;
  if (!(left >= 60)) reads.failed++;
}

async function expired() {
  const { rows } = await client.query(
    `select count(*) as n from connections where access_token_expires_at <= ${iso('now()')}`,
  );
  return Number(rows[0].n);
}

async function report(minute) {
  const { rows } = await client.query(`
    select count(*) as all, count(*) filter (where result not in ('ok', 'pending')) as failed,
      count(*) filter (where began - previous < interval '${tooSoon}') as twice
    from (select result, started_at::timestamptz as began,
      lag(started_at::timestamptz) over (partition by connection_id order by started_at) as previous from refreshes)
      as told`);
  const { all, failed, twice } = rows[0];
  const seconds = (performance.now() - begin) / 1000;
  const used = costs();
  const share = (what) => `${(((used[what] - before[what]) / (seconds * 1e6)) * 100).toFixed(0)} %`;
  process.stdout.write(
    `${minute} min: ${all} refreshes (${(all / seconds).toFixed(1)} a second), ${zoho.tokens} at Zoho, ${failed} failed, ` +
      `${twice} too soon, at most ${mostExpired} expired; ${reads.done} reads, ${reads.failed} failed; ` +
      `of a core: instances ${share('servers')}, database ${share('database')}\n`,
  );
}

function costs() {
  return { servers: servers.reduce((sum, { pid }) => sum + cpuOf(pid), 0), database: cpuOf(databases.pid) };
}
