// Refreshes a second by 1, 2 and 4 instances on PostgreSQL: node bench/fleet.mjs [connections] (npm run bench:fleet).
// All connections are in use and their tokens have ended. Zoho is a bare server that answers after 300 ms.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { root, start } from './keeper.mjs';

const require = createRequire(import.meta.url);
const { openStore } = require('../dist/store/open.js');
const { addConnection } = require('../dist/store/connections.js');

const connections = Number(process.argv[2] ?? 2000);
const upstream = 300;
const seconds = 8;
/** An instance looks for work every five seconds. */
const beginSeconds = 6;
const firstPort = 3981;

const zoho = await startZoho();
const postgres = spawn('node', ['test/support/postgres-server.mjs'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
const [url] = await once(createInterface(postgres.stdout), 'line');
const keys = `k1:${randomBytes(32).toString('base64')}`;
const env = {
  ...process.env,
  ZOHO_CLIENT_ID: '1000.BENCH',
  ZOHO_CLIENT_SECRET: 'b'.repeat(42),
  ZOHO_ACCOUNTS_URLS: `us=http://127.0.0.1:${zoho.address().port}`,
  DATABASE_URL: url,
  ENCRYPTION_KEYS: keys,
  LOG_LEVEL: 'error',
};
const store = await openStore(url, keys);
for (let made = 0; made < connections; made += 10)
  await Promise.all(Array.from({ length: 10 }, (_, index) => add(made + index)));

print(`${connections} connections, ${upstream} ms upstream; load of the machine ${loadavg()[0].toFixed(1)}`);
print('| calls at once | instances | refreshes a second | beside one | asked twice |');
print('| --- | --- | --- | --- | --- |');
for (const width of [4, 50]) {
  let alone;
  for (const instances of [1, 2, 4]) {
    const { rate, twice } = await measure(width, instances);
    alone ??= rate;
    print(`| ${width} | ${instances} | ${rate.toFixed(1)} | ${(rate / alone).toFixed(2)} | ${twice} |`);
  }
}
await store.close();
zoho.closeAllConnections();
zoho.close();
postgres.stdin.end();

async function measure(width, instances) {
  await rest();
  const servers = await Promise.all(Array.from({ length: instances }, (_, index) => serve(width, index)));
  await store.db.deleteFrom('refreshes').execute();
  await store.db.updateTable('connections').set({ claimed_until: null }).execute();
  await pause(beginSeconds * 1000);
  const from = zoho.answered;
  await pause(seconds * 1000);
  const rate = (zoho.answered - from) / seconds;
  await Promise.all(servers.map(({ stop }) => stop()));
  const asked = await store.db
    .selectFrom('refreshes')
    .select(({ fn }) => [fn.countAll().as('all'), fn.count('connection_id').distinct().as('distinct')])
    .executeTakeFirstOrThrow();
  if (Number(asked.all) >= connections) print('Too few connections: all were refreshed before the end.');
  return { rate, twice: asked.all - asked.distinct };
}

/** All tokens have ended, and nobody may begin yet. */
async function rest() {
  const [past, later] = [-3600, 3600].map((ahead) => new Date(Date.now() + ahead * 1000).toISOString());
  const change = { renew_by: past, access_token_expires_at: past, used_at: new Date().toISOString() };
  const waiting = { claimed_until: later, lease_owner: null, lease_until: null, refreshed_at: past };
  await store.db
    .updateTable('connections')
    .set({ ...change, ...waiting })
    .execute();
}

function serve(width, index) {
  const port = firstPort + index;
  const own = { ...env, PORT: String(port), ZOHO_CALLS_AT_ONCE: String(width) };
  return start(['node', 'dist/main.js', 'serve'], `http://localhost:${port}/healthz`, own);
}

async function add(number) {
  const now = new Date().toISOString();
  const account = { zuid: String(number), userName: null, userEmail: null, organisation: null, organisationId: null };
  const access = { token: `1000.${number}`, expiresAt: now, life: 3600, receivedAt: now, requestedBy: 'connect' };
  const connection = {
    name: `c-${number}`,
    clientId: '1000.BENCH',
    dataCenter: 'us',
    askedDataCenter: 'us',
    apiDomain: 'https://www.zohoapis.com',
    environment: 'production',
    scopes: ['ZohoCRM.org.READ'],
    askedScopes: ['ZohoCRM.org.READ'],
    account,
    refreshToken: `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`,
    access,
  };
  await addConnection(store, connection, now);
}

async function startZoho() {
  const server = createServer((request, response) => {
    request.resume();
    setTimeout(() => {
      server.answered++;
      const access_token = `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ access_token, expires_in: 3600, token_type: 'Bearer' }));
    }, upstream);
  });
  server.answered = 0;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
