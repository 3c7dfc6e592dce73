// Keeps the compiled program busy with all that people, programs and strangers do, and watches what grows:
// node bench/soak.mjs [MINUTES] (npm run soak, 40 minutes). Prints a line a minute, and fails on an answer that should not be.
import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { base, connect, createKey, prepare, start } from './keeper.mjs';

const minutes = Number(process.argv[2] ?? 40);
const perSecond = 80;
const { env, simulator, end } = await prepare();
const server = await start(['node', 'dist/main.js', 'serve'], base, env);
await connect(simulator);
const authorization = `Bearer ${createKey(env)}`;
const form = { method: 'POST', redirect: 'manual', headers: { origin: base } };

/** Each with the statuses that are right. A refresh is 429 once the budget is used up. */
const deeds = [
  { path: '/api/v1/connections/default/token', init: { headers: { authorization } }, right: [200], often: 20 },
  {
    path: '/api/v1/connections/default/proxy/crm/v8/org',
    init: { headers: { authorization } },
    right: [200],
    often: 8,
  },
  {
    path: '/api/v1/connections/default/refresh',
    init: { method: 'POST', headers: { authorization } },
    right: [200, 429],
  },
  { path: '/api/v1/connections', init: { headers: { authorization } }, right: [200], often: 3 },
  { path: '/metrics', init: { headers: { authorization } }, right: [200] },
  { path: '/api/v1/connections', init: { headers: { authorization: 'Bearer zt_wrong' } }, right: [401, 429], often: 3 },
  ...['/', '/connect', '/connections/default', '/clients', '/keys', '/events', '/links', '/import', '/alerts'].map(
    (path) => ({
      path,
      right: [200],
    }),
  ),
  { path: '/oauth/callback?state=unknown&code=1', right: [400], often: 3 },
  { path: '/nothing', right: [404], often: 2 },
  { path: '/connect', init: { ...form, body: new URLSearchParams({ name: 'Not A Name' }) }, right: [400] },
  { path: '/connect/code', init: { ...form, body: new URLSearchParams({ code: 'nothing' }) }, right: [400] },
  { path: '/import', init: { ...form, body: new URLSearchParams({ content: 'nothing' }) }, right: [400] },
];
const lots = deeds.flatMap((deed) => Array.from({ length: deed.often ?? 1 }, () => deed));

let answers = 0;
let slowest = 0;
const wrong = new Map();
const began = performance.now();
let told = 0;
tell();
while (performance.now() - began < minutes * 60_000) {
  const from = performance.now();
  await Promise.all(Array.from({ length: perSecond / 10 }, () => act(lots[Math.floor(Math.random() * lots.length)])));
  if (performance.now() - began > (told + 1) * 60_000) tell();
  await pause(Math.max(0, 100 - (performance.now() - from)));
}
tell();
await server.stop();
await end();
for (const [what, count] of wrong) say(`wrong: ${count} x ${what}`);
process.exitCode = wrong.size > 0 ? 1 : 0;

async function act({ path, init, right }) {
  const from = performance.now();
  const what = await fetch(base + path, init).then(
    async (answer) => {
      await answer.arrayBuffer();
      return right.includes(answer.status) ? null : `${path}: ${answer.status}`;
    },
    (error) => `${path}: ${error.cause?.code ?? error.message}`,
  );
  if (what !== null) wrong.set(what, (wrong.get(what) ?? 0) + 1);
  slowest = Math.max(slowest, performance.now() - from);
  answers += 1;
}

function tell() {
  told = Math.round((performance.now() - began) / 60_000);
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'));
  const files = readdirSync(`/proc/${server.pid}/fd`).length;
  say(
    `${told} min: ${answers} answers, ${Math.round(kilobytes / 1024)} MB, ${files} files, slowest ${Math.round(slowest)} ms, ${wrong.size} kinds wrong`,
  );
  slowest = 0;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
