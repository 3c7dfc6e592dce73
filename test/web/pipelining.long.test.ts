import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { send } from '../support/http';
import { built } from '../support/build';
import { person } from '../support/person';
import { startProcess, withOpenFiles } from '../support/process';
import { asProcess, type ProcessSite, runCommand, type ServerProcess } from '../support/start';

let site: ProcessSite;
let running: ServerProcess;
beforeEach(async () => {
  site = await asProcess();
  running = await site.serve();
});
afterEach(() => site.stop());

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function request(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
}

function openFiles(): number {
  return readdirSync(`/proc/${running.pid}/fd`).length;
}

function megabytes(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${running.pid}/status`, 'utf8'))?.[1]) / 1024;
}

async function pipelineAndReset(path: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const socket = await open();
    socket.pause();
    socket.write(request(path).repeat(1000));
    await wait(50);
    socket.resetAndDestroy();
  }
}

describe('whoever sends a thousand requests at once and leaves without reading', () => {
  it.each(['/assets/app.css', '/', '/healthz', '/api/v1/connections'])('leaves nothing behind: %s', async (path) => {
    await pipelineAndReset(path, 60);
    const before = { files: openFiles(), megabytes: megabytes() };
    await pipelineAndReset(path, 60);
    await send(running.url, { path: '/healthz' });
    expect(openFiles()).toBeLessThan(before.files + 10);
    expect(megabytes()).toBeLessThan(before.megabytes + 60);
  });

  it('loses the connection', async () => {
    const socket = await open();
    const closed = once(socket, 'close');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write(request('/').repeat(1000));
    await closed;
    expect((answer.match(/^HTTP\/1\.1/gm) ?? []).length).toBeLessThanOrEqual(11);
  });

  it('gets the answers, in order, when there are a few', async () => {
    const socket = await open();
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    const paths = Array.from({ length: 10 }, (_, number) => `/nothing-${number}`);
    socket.write(paths.map((path) => request(path)).join('') + request('/healthz', 'Connection: close\r\n'));
    await once(socket, 'close');
    expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual([...paths.map(() => 'HTTP/1.1 404'), 'HTTP/1.1 200']);
  });
});

it('a body that comes slowly has thirty seconds, wherever it is sent', async () => {
  const begun = Date.now();
  const closed = ['/healthz', '/readyz', '/login', '/api/v1/connections', '/nothing'].map(async (path) => {
    const socket = await open();
    socket.resume();
    socket.write(request(path, 'Content-Length: 1000\r\n'));
    const drip = setInterval(() => socket.write('x'), 500);
    await once(socket, 'close');
    clearInterval(drip);
  });
  await Promise.all(closed);
  expect(Date.now() - begun).toBeLessThan(40_000);
}, 60_000);

it('more slow connections than there are files keep nobody out, nor calls to Zoho', async () => {
  await person(site).connect({ name: 'main' });
  const key = (await runCommand(site, ['keys', 'create', '--name', 'all', '--connections', '*'])).stdout.trim();
  await running.end('SIGTERM');
  const program = [process.execPath, join(await built(), 'main.js'), '--dir', site.folder, 'serve'];
  const [command = '', ...args] = withOpenFiles(200, program);
  const limited = startProcess(command, args, { env: site.env });
  while (!(await limited.line()).includes('"listening"'));
  const slow = await Promise.all(Array.from({ length: 400 }, open));
  for (const socket of slow) socket.write('GET / HTTP/1.1\r\n');
  const headers = { Authorization: `Bearer ${key}` };
  const call = { path: '/api/v1/connections/main/proxy/crm/v8/users', headers };
  expect((await send(running.url, { path: '/healthz' })).status).toBe(200);
  expect((await send(running.url, call)).status).toBe(200);
  expect(readdirSync(`/proc/${limited.pid}/fd`).length).toBeLessThan(150);
  for (const socket of slow) socket.destroy();
  await limited.end('SIGKILL');
});

it('connections that have not asked for anything do not hold up the stop', async () => {
  const sockets = [await open(), await open()];
  const begun = Date.now();
  expect(await running.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(Date.now() - begun).toBeLessThan(10_000);
  for (const socket of sockets) socket.destroy();
});
