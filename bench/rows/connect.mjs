import { fill, open } from '../databases.mjs';
import { cpuOf } from '../process.mjs';
import { peer, serve } from '../servers.mjs';
import { median } from '../table.mjs';
import { startZoho } from '../zoho.mjs';

/** Connect and callback, each by a browser of its own: CPU of the server for one. */
export async function measure(table, { isQuick, databases }) {
  const rounds = isQuick ? 3 : 7;
  const cycles = isQuick ? 100 : 200;
  const zoho = await startZoho();
  const keeper = (settings) => startKeeper(databases, 'SQLite', zoho, settings);
  const all = {
    keeper: await keeper({ ZOHO_SCOPES: 'ZohoCRM.modules.ALL' }),
    asking: await keeper({ ZOHO_SCOPES: 'ZohoCRM.modules.ALL,ZohoCRM.org.READ,AaaServer.profile.Read' }),
    postgres: await startKeeper(databases, 'PostgreSQL', zoho, { ZOHO_SCOPES: 'ZohoCRM.modules.ALL' }),
    grant: { ...(await peer('grant', '/ready', [zoho.url])), begin: '/connect/zoho', back: '/connect/zoho/callback' },
    bare: { ...(await peer('simple-oauth2', '/ready', [zoho.url])), begin: '/connect', back: '/callback' },
  };
  const costs = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  const databaseCosts = [];
  for (const server of Object.values(all)) await work(server, cycles);
  for (let round = 0; round < rounds; round++) {
    for (const [name, server] of Object.entries(all)) {
      const [before, beforeDatabase] = [cpuOf(server.pid), cpuOf(databases.pid)];
      await work(server, cycles);
      costs[name].push((cpuOf(server.pid) - before) / cycles);
      if (name === 'postgres') databaseCosts.push((cpuOf(databases.pid) - beforeDatabase) / cycles);
    }
  }
  for (const { stop } of Object.values(all)) await stop();
  zoho.stop();
  const what = (rest) => `connect + callback, server CPU${rest}`;
  const beside = (own, other) => costs[own].map((cost, round) => cost / costs[other][round]);
  const detail = (own) => `; ${(median(costs[own]) / 1000).toFixed(1)} ms`;
  table.atMost(2, what(''), 'Grant 5 + express-session', beside('keeper', 'grant'), detail('keeper'));
  const asking = what(', and two calls more that ask who consented');
  table.atMost(2, asking, 'Grant 5 + express-session', beside('asking', 'grant'), detail('asking'));
  const bare = beside('keeper', 'bare');
  table.add(what(''), 'the bare exchange by simple-oauth2', `${median(bare).toFixed(2)} ×`);
  table.cost('connects, SQLite', { cpu: median(costs.asking) });
  table.cost('connects without asking who, PostgreSQL', {
    cpu: median(costs.postgres),
    database: median(databaseCosts),
  });
}

async function startKeeper(databases, dialect, zoho, settings) {
  const database = await databases.create(dialect);
  const store = await open(database);
  await fill(store, 1);
  await store.close();
  const server = await serve({ database, zoho, settings, withKey: false });
  return { ...server, begin: '/connect', method: 'POST', back: '/oauth/callback' };
}

let made = 0;

async function work(server, cycles) {
  for (let cycle = 0; cycle < cycles; cycle++) await connect(server);
}

async function connect({ base, begin, method = 'GET', back }) {
  const isForm = method === 'POST';
  const body = isForm ? new URLSearchParams({ name: `new-${made++}` }) : undefined;
  const headers = isForm ? { origin: base } : {};
  const away = await fetch(base + begin, { method, headers, body, redirect: 'manual' });
  await away.arrayBuffer();
  const state = new URL(away.headers.get('location')).searchParams.get('state');
  const cookie = (away.headers.get('set-cookie') ?? '').split(';')[0];
  const query = new URLSearchParams({ state, code: '1000.code.code' });
  const answer = await fetch(`${base}${back}?${query}`, { headers: { cookie }, redirect: 'manual' });
  await answer.arrayBuffer();
  if (answer.status >= 400 || !/done|connections/.test(answer.headers.get('location'))) {
    throw new Error(`${base}${back} answered ${answer.status}, ${answer.headers.get('location')}`);
  }
}
