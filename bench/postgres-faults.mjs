// What PostgreSQL can do to a Keeper under 50 requests a second: node bench/postgres-faults.mjs [seconds] (npm run bench:postgres).
// For each fault: the longest call, what was answered, how soon all was well again, and what is left behind.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect as connectTo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { base, connect, createKey, prepare, root, start } from './keeper.mjs';

const seconds = Number(process.argv[2] ?? 20);
const perSecond = 50;
const route = '/api/v1/connections/default/token';

const postgres = await startPostgres();
const proxy = await startProxy(Number(new URL(postgres.url).port));
const url = new URL(postgres.url);
url.port = String(proxy.port);
const { env: usual, simulator, end } = await prepare();
const env = { ...usual, DATABASE_URL: url.href, ENCRYPTION_KEYS: `one:${randomBytes(32).toString('base64')}` };
const server = await start(['node', 'dist/main.js', 'serve'], base, env);
await connect(simulator);
// Waits for the command, and the proxy of this process would wait as well.
const key = createKey({ ...env, DATABASE_URL: postgres.url });
const before = proxy.open();

const taken = [];
const faults = {
  'frozen (SIGSTOP)': [() => postgres.order('freeze'), () => postgres.order('thaw')],
  'silent connections': [() => proxy.silence(), () => undefined],
  'silent network': [() => proxy.silence(true), () => proxy.pass()],
  restarted: [() => postgres.order('stop'), () => postgres.order('start')],
  'killed (kill -9)': [() => postgres.order('kill'), startAgain],
  'out of connections': [takeAll, giveBack],
  'read-only': [() => readOnly(true), () => readOnly(false)],
};
print(['fault', 'longest', 'answers', 'without Retry-After', 'readyz', 'well after', 'status', 'connections']);
for (const [name, [begin, over]] of Object.entries(faults)) print([name, ...(await tryFault(begin, over))]);

await server.stop();
await end();
proxy.close();
postgres.end();

async function tryFault(begin, over) {
  await untilWell();
  const load = startLoad();
  await pause(1000);
  await begin();
  await pause(seconds * 1000);
  await over();
  const from = performance.now();
  await untilWell();
  const wellAfter = performance.now() - from;
  await pause(2000);
  const { answers, longest, bare, readyz } = await load.stop();
  const counted = Object.entries(answers).map(([status, count]) => `${count} × ${status}`);
  const status = await statusOf();
  const open = `${before} → ${proxy.open()}`;
  return [ms(longest), counted.join(', '), bare, ms(readyz), ms(wellAfter), status, open];
}

/** Tokens, now and then a refresh and a page, and the readiness check; each for itself, whatever the others wait for. */
function startLoad() {
  const result = { answers: {}, longest: 0, bare: 0, readyz: 0 };
  const running = new Set();
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    const call = count % 100 === 0 ? refresh() : count % 25 === 0 ? page() : count % 10 === 0 ? ready() : token();
    running.add(call.finally(() => running.delete(call)));
  }, 1000 / perSecond);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
      return result;
    },
  };

  async function note(asked, isReadyz = false) {
    const from = performance.now();
    const { status, headers } = await asked().catch((error) => ({ status: error.name, headers: new Headers() }));
    const took = performance.now() - from;
    if (isReadyz) return void (result.readyz = Math.max(result.readyz, took));
    result.longest = Math.max(result.longest, took);
    result.answers[status] = (result.answers[status] ?? 0) + 1;
    if (status === 503 && !headers.has('retry-after')) result.bare += 1;
  }
  function token() {
    return note(() => ask(route));
  }
  function refresh() {
    return note(() => ask(route.replace(/token$/, 'refresh'), { method: 'POST' }));
  }
  function page() {
    return note(() => ask('/'));
  }
  function ready() {
    return note(() => ask('/readyz'), true);
  }
}

async function ask(path, options = {}) {
  const headers = { Authorization: `Bearer ${key}` };
  const answer = await fetch(base + path, { headers, signal: AbortSignal.timeout(60_000), ...options });
  await answer.arrayBuffer();
  return answer;
}

/** Ten tokens in a row, and able to write. */
async function untilWell() {
  for (let well = 0; well < 10;) {
    const [{ status }, ready] = await Promise.all([ask(route), ask('/readyz')]);
    well = status === 200 && ready.status === 200 ? well + 1 : 0;
    await pause(10);
  }
}

async function statusOf() {
  const [row] = await query('select status from connections');
  return row.status;
}

async function query(statement) {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}

async function readOnly(yes) {
  await query(`alter system set default_transaction_read_only = ${yes ? 'on' : 'off'}`).catch(async () => {
    const client = new pg.Client({
      connectionString: `${postgres.url}?options=-c%20default_transaction_read_only%3Doff`,
    });
    await client.connect();
    await client.query('alter system set default_transaction_read_only = off');
    await client.end();
  });
  await query('select pg_reload_conf()');
}

/** All that PostgreSQL has, the Keeper’s own as well: they are ended again and again until others have their places. */
async function takeAll() {
  for (let round = 0; round < 20; round++) {
    while (await takeOne());
    const own = "application_name <> 'taker' and backend_type = 'client backend'";
    const { rows } = await taken[0].query(`select pg_terminate_backend(pid) from pg_stat_activity where ${own}`);
    if (rows.length === 0) return;
  }
}

async function takeOne() {
  const client = new pg.Client({ connectionString: postgres.url, application_name: 'taker' });
  client.on('error', () => undefined);
  return client.connect().then(
    () => taken.push(client),
    () => 0,
  );
}

async function giveBack() {
  await Promise.all(taken.splice(0).map((client) => client.end()));
}

/** What the server had started ends a little after it, and holds on to its memory until then. */
async function startAgain() {
  await pause(1000);
  await postgres.order('start');
}

async function startPostgres() {
  const child = spawn('node', ['test/support/postgres-server.mjs'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  child.once('exit', (code) => code && process.exit(code));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value } = await lines.next();
  return {
    url: value,
    async order(what) {
      child.stdin.write(`${what}\n`);
      await lines.next();
    },
    end: () => child.stdin.end(),
  };
}

/** Passes bytes on. Silenced, it keeps connections open and passes nothing more: those of before, or new ones as well. */
async function startProxy(to) {
  const pairs = new Set();
  let isSilent = false;
  const listener = createServer((client) => {
    const server = connectTo(to, '127.0.0.1');
    const pair = [client, server];
    pairs.add(pair);
    for (const [from, other] of [pair, pair.toReversed()]) {
      from.on('error', () => undefined);
      from.on('close', () => {
        pairs.delete(pair);
        if (!pair.isSilent) other.destroy();
      });
      from.on('data', (bytes) => void (pair.isSilent || other.write(bytes)));
    }
    if (isSilent) pair.isSilent = true;
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: listener.address().port,
    silence(alsoNew = false) {
      isSilent = alsoNew;
      for (const pair of pairs) pair.isSilent = true;
    },
    pass: () => (isSilent = false),
    open: () => [...pairs].filter(([client]) => !client.closed).length,
    close() {
      listener.close();
      for (const pair of pairs) pair.forEach((socket) => socket.destroy());
    },
  };
}

function ms(value) {
  return `${value.toFixed(0)} ms`;
}

function print(cells) {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
