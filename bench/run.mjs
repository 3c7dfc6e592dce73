// Measures the compiled program from outside: node bench/run.mjs (npm run bench). Timings say something on a quiet machine only.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { base, connect, createKey, prepare, root, start } from './keeper.mjs';
import { load } from './load.mjs';

const rounds = 5;
const keeper = ['node', 'dist/main.js', 'serve'];
const route = '/api/v1/connections/default/token';

report('load of the machine before', loadavg()[0].toFixed(1));
const { env, simulator, end } = await prepare();
let server = await start(keeper, base, env);
await connect(simulator);
await server.stop();
await measureStart();

const headers = { Accept: '*/*', Authorization: `Bearer ${createKey(env)}` };
server = await start(keeper, base, env);
await measureTokens();
report('memory of the server', `${Math.round(memoryOf(server.pid) / 1024)} MB`);
report('dashboard with one connection', `${(await pageWeight()) / 1000} kB`);
await server.stop();
await end();

async function measureStart() {
  const starts = [];
  for (let round = 0; round < rounds; round++) {
    const started = await start(['npm', 'start'], base, env);
    starts.push(started.took);
    await started.stop();
  }
  report(
    'npm start to first answer, built before',
    starts
      .sort((a, b) => a - b)
      .map(ms)
      .join(', '),
  );
}

/** The token call beside the same JSON from a bare route, in turns, so that whatever else the machine does meets all alike. */
async function measureTokens() {
  report('headers of the answer', `${await headerBytes()} bytes`);
  const json = await (await fetch(base + route, { headers })).text();
  const own = { name: 'the Keeper', url: base + route, pid: server.pid, results: [] };
  const peers = [await startPeer('express', 3978, json), await startPeer('node', 3979, json)];
  const all = [own, ...peers];
  for (const { url } of all) await load(url, { callers: 16, seconds: 2, headers });
  report('fresh token, one caller', spread((await load(own.url, { callers: 1, seconds: 2, headers })).taken));

  for (let round = 0; round < rounds; round++) for (const each of all) each.results.push(await measure(each));
  for (const { name, results } of all) {
    report(`${name}, requests a second of 16 callers`, range(results.map(({ rate }) => rate)));
    report(`${name}, CPU for a request`, `${range(results.map(({ cpu }) => cpu))} µs`);
    report(`${name}, time of a request`, spread(results.flatMap(({ taken }) => taken).sort((a, b) => a - b)));
  }
  for (const { name, results } of peers) {
    const ratios = results.map(({ rate }, round) => own.results[round].rate / rate);
    report(`requests a second beside ${name}`, `${range(ratios, 2)} times`);
  }
  for (const { stop } of peers) await stop();
}

async function startPeer(kind, port, json) {
  const url = `http://localhost:${port}${route}`;
  const started = await start(['node', 'bench/peers.mjs', kind, String(port), json], url);
  return { name: `bare ${kind}`, url, results: [], ...started };
}

async function measure({ url, pid }) {
  const before = cpuOf(pid);
  const result = await load(url, { callers: 16, seconds: 2, headers });
  return { ...result, cpu: (cpuOf(pid) - before) / result.taken.length };
}

async function headerBytes() {
  const answer = await fetch(base + route, { headers });
  return [...answer.headers].reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    'HTTP/1.1 200 OK\r\n\r\n'.length,
  );
}

async function pageWeight() {
  const html = (await (await fetch(base)).arrayBuffer()).byteLength;
  const files = readdirSync(join(root, 'public')).filter((file) => file !== 'simulator.css');
  return html + files.reduce((sum, file) => sum + statSync(join(root, 'public', file)).size, 0);
}

function spread(taken) {
  const at = (part) => ms(taken[Math.floor(taken.length * part)]);
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}`;
}

/** The median, and from where to where the others go. */
function range(values, digits = 0) {
  const sorted = values.toSorted((a, b) => a - b).map((value) => value.toFixed(digits));
  return `${sorted[Math.floor(sorted.length / 2)]} (${sorted[0]} to ${sorted.at(-1)})`;
}

/** Microseconds that a process has computed; Linux counts them in hundredths of a second. */
function cpuOf(pid) {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * 10_000;
}

function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function ms(value) {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function report(what, value) {
  process.stdout.write(`${what.padEnd(48)}${value}\n`);
}
