import { fill, open } from '../databases.mjs';
import { peer, serve } from '../servers.mjs';
import { load } from '../load.mjs';
import { cpuOf, memoryOf } from '../process.mjs';
import { median, spread } from '../table.mjs';
import { startZoho } from '../zoho.mjs';

const route = '/api/v1/connections/default/token';
const callers = 16;

/** A fresh token on both databases, beside the same JSON from bare servers, in turns. */
export async function measure(table, { isQuick, databases }) {
  const rounds = isQuick ? 3 : 9;
  const seconds = isQuick ? 1 : 2;
  const zoho = await startZoho();
  const keepers = [];
  for (const dialect of ['SQLite', 'PostgreSQL']) {
    const url = await databases.create(dialect);
    const store = await open(url);
    await fill(store, 1);
    await store.close();
    const server = await serve({ database: url, zoho });
    keepers.push({ name: dialect, ...server, headers: server.program, results: [] });
  }
  const json = await (await fetch(keepers[0].base + route, { headers: keepers[0].headers })).text();
  const bare = [];
  for (const name of ['express', 'node']) {
    bare.push({ name, headers: {}, results: [], ...(await peer('bare', route, [name, route, json])) });
  }
  const all = [...keepers, ...bare];
  const round = async (each) => {
    const [before, beforeDatabase] = [cpuOf(each.pid), cpuOf(databases.pid)];
    const { rate, taken } = await load(each.base + route, { callers, seconds, headers: each.headers });
    const cpu = (cpuOf(each.pid) - before) / taken.length;
    const database = (cpuOf(databases.pid) - beforeDatabase) / taken.length;
    return { rate, cpu, database, p99: taken[Math.floor(taken.length * 0.99)], memory: memoryOf(each.pid) };
  };
  for (const each of all) await warmUp(each, isQuick ? 3000 : 20_000);
  for (let number = 0; number < rounds; number++) for (const each of all) each.results.push(await round(each));
  for (const { stop } of all) await stop();
  zoho.stop();
  report(table, keepers, bare);
}

/** So many calls and not so many seconds: the slower ones would be compiled later. */
async function warmUp({ base, headers }, calls) {
  for (let left = calls; left > 0;) left -= (await load(base + route, { callers, seconds: 1, headers })).taken.length;
}

function report(table, keepers, [express, node]) {
  for (const { name, results } of [...keepers, express, node]) {
    const [rate, cpu, p99, memory] = ['rate', 'cpu', 'p99', 'memory'].map((what) => middle(results, what).toFixed(0));
    process.stderr.write(`   ${name}: ${rate} a second, ${cpu} µs, p99 ${p99} ms, ${memory} MB\n`);
  }
  const [sqlite, postgres] = keepers;
  const beside = (own, other, what) => own.results.map((result, index) => result[what] / other.results[index][what]);
  const call = (dialect) => `token call, fresh token, ${callers} callers, ${dialect}`;
  const rate = (goal, keeper, other, name) => {
    const byCpu = spread(beside(other, keeper, 'cpu'));
    const what = `${call(keeper.name)}: calls a second`;
    table.atLeast(goal, what, name, beside(keeper, other, 'rate'), `; by CPU for one ${byCpu} ×`);
  };
  rate(1.5, sqlite, express, 'bare Express 5');
  rate(0.4, sqlite, node, 'bare node:http');
  rate(0.8, postgres, express, 'bare Express 5');
  table.atMost(1, `${call('SQLite')}: p99`, 'bare Express 5', beside(sqlite, express, 'p99'));
  table.atMost(1, `${call('PostgreSQL')}: p99`, 'bare Express 5', beside(postgres, express, 'p99'));
  table.atMost(1.5, 'memory under that load, SQLite', 'bare Express 5', beside(sqlite, express, 'memory'));
  table.atMost(1.5, 'memory under that load, PostgreSQL', 'bare Express 5', beside(postgres, express, 'memory'));
  for (const { name, results } of keepers) {
    const [cpu, database] = ['cpu', 'database'].map((what) => middle(results, what));
    table.cost(`token reads, ${name}`, { cpu, ...(name === 'PostgreSQL' && { database }) });
  }
}

function middle(results, what) {
  return median(results.map((result) => result[what]));
}
