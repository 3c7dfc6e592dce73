import { once } from 'node:events';
import { createServer } from 'node:net';
import { createKey, start } from './keeper.mjs';
import { keys } from './databases.mjs';

/** A Keeper on this database; `program` are the headers of a program with a key for all connections. */
export async function serve({ database, zoho, settings = {}, withKey = true }) {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const env = {
    ...process.env,
    PORT: String(port),
    ZOHO_CLIENT_ID: '1000.BENCH',
    ZOHO_CLIENT_SECRET: 'b'.repeat(42),
    ZOHO_ACCOUNTS_URLS: `us=${zoho.url}`,
    DATABASE_URL: database,
    ENCRYPTION_KEYS: keys,
    LOG_LEVEL: 'error',
    ...settings,
  };
  const server = await start(['node', 'dist/main.js', 'serve'], `${base}/healthz`, env);
  return { ...server, base, program: withKey ? { Authorization: `Bearer ${createKey(env)}` } : {} };
}

/** A program of `bench/peers`, up once it answers at `route`. */
export async function peer(name, route, args = []) {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const server = await start(['node', `bench/peers/${name}.mjs`, String(port), ...args], base + route);
  return { ...server, base };
}

export async function freePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
