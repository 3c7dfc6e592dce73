// What strangers cost: node bench/strangers.mjs [part of a name] (npm run bench:strangers). Prints a table in Markdown.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { connect as open } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { base, connect, createKey, prepare, start } from './keeper.mjs';

const password = 'the long password of the owner';
const seconds = 20;
const { host, port } = new URL(base);
const { env, simulator, end } = await prepare();

const first = await start(['node', 'dist/main.js', 'serve'], base, env);
await connect(simulator);
await first.stop();
const secured = { ...env, DASHBOARD_PASSWORD: password, TRUSTED_PROXIES: '127.0.0.1,::1', HOST: '127.0.0.1' };
const key = createKey(env);

const attacks = {
  'one socket, 1,000 requests at once and a reset, 200 times': pipelineAndReset,
  '1,000 sockets, headers and bodies a byte a second, answers unread': (until) => slowly(1000, until),
  '10,000 of the same': (until) => slowly(10_000, until),
  '1,000 sockets, 60 kB of headers without an end': (until) => largely(1000, headersOf(60_000), until),
  '1,000 sockets, 60 kB of a form without an end': (until) => largely(1000, formOf(60_000), until),
  '10,000 sockets, 60 kB of headers without an end': (until) => largely(10_000, headersOf(60_000), until),
  '10,000 sockets, 60 kB of a form without an end': (until) => largely(10_000, formOf(60_000), until),
  'forty networks, wrong passwords at once': (until) => guess(40, until),
};

print('| strangers | when | memory | open files | /healthz | token | sign-in | sign-in, new browser |');
print('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const [name, attack] of Object.entries(attacks)) {
  if (!name.includes(process.argv[2] ?? '')) continue;
  const server = await start(['node', 'dist/main.js', 'serve'], `${base}/healthz`, secured);
  const owner = await cookieOf();
  await row(name, 'before', server, owner, pause(3000));
  await row('', 'during', server, owner, attack(Date.now() + seconds * 1000));
  await pause(5000);
  await row('', 'after', server, owner, pause(3000));
  await server.stop();
}
print(
  `Load of the machine, which strangers and Keeper share: ${loadavg()
    .map((load) => load.toFixed(1))
    .join(', ')}`,
);
await end();
process.exit(0);

/** Highest memory and open files, and how long others wait, while something goes on. */
async function row(name, when, { pid }, owner, work) {
  const over = new AbortController();
  const most = { memory: 0, files: 0 };
  const ended = work.finally(() => over.abort());
  const watch = async () => {
    while (!over.signal.aborted) {
      most.memory = Math.max(most.memory, memoryOf(pid));
      most.files = Math.max(most.files, readdirSync(`/proc/${pid}/fd`).length);
      await pause(100);
    }
  };
  const signIn = (ip, cookie) => () =>
    fetch(`${base}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: base, 'x-forwarded-for': ip, cookie },
      body: new URLSearchParams({ password }),
    });
  const token = `${base}/api/v1/connections/default/token`;
  const probes = [
    () => fetch(`${base}/healthz`),
    () => fetch(token, { headers: { authorization: `Bearer ${key}` } }),
    signIn('198.51.100.1', owner),
    signIn('198.51.100.2', ''),
  ].map((ask) => probe(ask, over.signal));
  const [times] = await Promise.all([Promise.all(probes), watch(), ended]);
  print(`| ${[name, when, `${Math.round(most.memory / 1024)} MB`, most.files, ...times].join(' | ')} |`);
}

/** Asks again and again, and says how long the middle one and the longest took. */
async function probe(ask, over) {
  const taken = [];
  const statuses = new Map();
  while (!over.aborted) {
    const from = performance.now();
    try {
      const answer = await ask();
      await answer.arrayBuffer();
      if (answer.status < 400) taken.push(performance.now() - from);
      else statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    } catch {
      statuses.set('refused', (statuses.get('refused') ?? 0) + 1);
    }
    await pause(50);
  }
  taken.sort((a, b) => a - b);
  const bad = [...statuses].map(([status, times]) => `, ${times} × ${status}`).join('');
  return `${ms(taken[Math.floor(taken.length / 2)])}, at most ${ms(taken.at(-1))}${bad}`;
}

/** Of a browser that has signed in and looked at a page. */
async function cookieOf() {
  const answer = await fetch(`${base}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: base },
    body: new URLSearchParams({ password }),
  });
  const session = cookies(answer);
  const page = await fetch(base, { headers: { cookie: session } });
  return cookies(page);
}

function cookies(answer) {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

async function pipelineAndReset() {
  for (let round = 0; round < 200; round++) {
    const socket = await dial();
    socket?.write(request('GET /').repeat(1000));
    await pause(50);
    socket?.resetAndDestroy();
  }
}

/** A third each: a byte of a header a second, a byte of a body a second, ten answers that are not read. Lost ones are replaced. */
async function slowly(count, until) {
  const begins = [
    'GET / HTTP/1.1\r\nX-Slow: ',
    request('POST /login', 'Content-Length: 1000\r\n'),
    request('GET /login').repeat(10),
  ];
  await hold(count, until, (socket, index) => {
    socket.write(begins[index % 3]);
    return index % 3 === 2 ? undefined : setInterval(() => socket.write('x'), 1000);
  });
}

async function largely(count, text, until) {
  await hold(count, until, (socket) => void socket.write(text));
}

function headersOf(size) {
  return `GET / HTTP/1.1\r\n${`X-Filler: ${'x'.repeat(50)}\r\n`.repeat(size / 62)}`;
}

function formOf(size) {
  const type = 'Content-Type: application/x-www-form-urlencoded\r\n';
  return request('POST /login', `Origin: ${base}\r\n${type}Content-Length: ${size + 1}\r\n`) + 'x'.repeat(size);
}

async function hold(count, until, begin) {
  const open = new Set();
  while (Date.now() < until) {
    for (let index = 0; open.size < count && Date.now() < until; index++) {
      const socket = await dial();
      if (!socket) continue;
      open.add(socket);
      const timer = begin(socket, index);
      socket.once('close', () => {
        open.delete(socket);
        clearInterval(timer);
      });
    }
    await pause(100);
  }
  for (const socket of open) socket.destroy();
}

async function guess(networks, until) {
  const network = async (number) => {
    while (Date.now() < until) {
      const headers = { origin: base, 'x-forwarded-for': `203.0.${number}.1` };
      const body = new URLSearchParams({ password: 'a guess' });
      // Some wait for longer than the Keeper keeps a connection without an answer.
      await fetch(`${base}/login`, { method: 'POST', headers, body }).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
    }
  };
  await Promise.all(Array.from({ length: networks * 5 }, (_, index) => network(index % networks)));
}

async function dial() {
  const socket = open({ host: '127.0.0.1', port: Number(port) }).on('error', () => undefined);
  try {
    await once(socket, 'connect');
    return socket.pause();
  } catch {
    return null;
  }
}

function request(line, headers = '') {
  return `${line} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`;
}

function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function ms(value) {
  return value === undefined ? 'never' : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
