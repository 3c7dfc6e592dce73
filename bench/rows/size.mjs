import { fill, multiply, open } from '../databases.mjs';
import { load } from '../load.mjs';
import { memoryOf } from '../process.mjs';
import { serve } from '../servers.mjs';
import { median } from '../table.mjs';
import { startZoho } from '../zoho.mjs';

const [few, many] = [100, 100_000];
const token = '/api/v1/connections/default/token';
const calls = {
  dashboard: (server) => timed(server, '/'),
  'token call': (server) => timed(server, token),
  metrics: (server) => timed(server, '/metrics'),
};

/** What does not get slower with the number of connections. Each has six lines of the ledger. */
export async function measure(table, { isQuick, databases }) {
  for (const dialect of isQuick ? ['SQLite'] : ['SQLite', 'PostgreSQL']) {
    const zoho = await startZoho();
    const servers = [];
    for (const count of [few, many]) servers.push(await startWith(count, dialect, databases, zoho));
    const [small, large] = servers;
    for (const [name, call] of Object.entries(calls)) {
      const taken = await inTurns(isQuick ? 3 : 10, [() => call(small), () => call(large)]);
      const [one, other] = taken.map(median);
      const what = `${name} at ${many.toLocaleString('en')} connections, ${dialect}`;
      table.atMost(1.2, what, `at ${few}`, [other / one], `; ${other.toFixed(1)} ms`);
    }
    for (const { base, program } of servers) await load(base + token, { callers: 16, seconds: 2, headers: program });
    const [low, high] = servers.map(({ pid }) => memoryOf(pid));
    table.cost(`${dialect}, with ${few} connections and 16 callers`, { memory: low });
    table.cost(`${dialect}, for 10,000 connections more`, { memory: (high - low) / ((many - few) / 10_000) });
    for (const { stop } of servers) await stop();
    zoho.stop();
  }
}

/** For so many seconds, one after the other. The first half meets code that has not been compiled yet. */
async function inTurns(seconds, works) {
  const taken = works.map(() => []);
  const until = performance.now() + seconds * 1000;
  do {
    for (const [index, work] of works.entries()) taken[index].push(await work());
  } while (performance.now() < until);
  return taken.map((times) => times.slice(Math.floor(times.length / 2)));
}

async function startWith(count, dialect, databases, zoho) {
  const database = await databases.create(dialect);
  const store = await open(database);
  await fill(store, 1);
  await multiply(store, count);
  await store.close();
  return serve({ database, zoho });
}

async function timed({ base, program }, path) {
  const from = performance.now();
  const answer = await fetch(base + path, { headers: program });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return performance.now() - from;
}
