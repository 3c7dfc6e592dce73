import { Socket } from 'node:net';
import { Kysely } from 'kysely';
import type { ClientBase } from 'pg';
import { StorageError } from './errors';
import { WatchedPostgresDialect } from './postgres-driver';
import { createPatience } from './postgres-patience';
import { withTls } from './postgres-tls';
import type { Database } from './schema';

/** So many connections at the most, and so long they may take for anything, in milliseconds. Null sets no limit. */
export interface PostgresLimits {
  readonly connections: number;
  readonly connect: number;
  readonly statement: number | null;
  readonly lock: number;
  /** More than `statement`, for which a server that works says so itself. */
  readonly silence: number | null;
}

/** Together they let nobody wait for more than 3 s. */
export const forRequests = { connect: 1200, statement: 1800, lock: 1200, silence: 2000 };

/** An index of a long table takes minutes, and so may another instance that makes it. */
export const forMigrations = { connections: 1, connect: 3000, statement: null, lock: 0, silence: null };

/** Throws what the driver says of the URL; the first query connects. */
export async function openPostgres(url: string, limits: PostgresLimits): Promise<Kysely<Database>> {
  // Loaded when asked for: most installations never need it, and it would slow every start down.
  const { Client, Pool } = await import('pg');
  const options = {
    // The driver alone would send everything in clear unless told otherwise, and heed NODE_TLS_REJECT_UNAUTHORIZED.
    ...withTls(url, (connectionString) => new Client({ connectionString }).host),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    stream: openSocket,
  };
  const pool = new Pool({
    ...options,
    max: limits.connections,
    connectionTimeoutMillis: limits.connect,
    // Awaited before the connection is used; one that is refused is not used at all.
    onConnect: (connection) => prepare(connection, limits),
  });
  // A connection that breaks fails its query, or is replaced at the next one; without listeners it would end the
  // process, idle or in the middle of a transaction.
  pool.on('error', () => undefined);
  pool.on('connect', (connection) => connection.on('error', () => undefined));
  const patience = createPatience(
    pool,
    (milliseconds) => new Client({ ...options, connectionTimeoutMillis: milliseconds }),
  );
  return new Kysely<Database>({ dialect: new WatchedPostgresDialect(pool, patience, limits.silence) });
}

/** Whoever says goodbye to a server that is gone would keep the socket until the system gives up, a quarter of an hour later. */
function openSocket(): Socket {
  const socket = new Socket();
  socket.once('finish', () => socket.setTimeout(1000, () => socket.destroy()));
  return socket;
}

/** A token must be on disk before it is served, whatever the server, the role or the URL have set. */
async function prepare(connection: ClientBase, { connect, statement, lock }: PostgresLimits): Promise<void> {
  const settings = [
    'synchronous_commit = on',
    `statement_timeout = ${statement ?? 0}`,
    `lock_timeout = ${lock}`,
    'idle_in_transaction_session_timeout = 10000',
    // The server notices, too, that a connection leads nowhere, and does not keep a place for it for two hours.
    'tcp_keepalives_idle = 30',
    'tcp_keepalives_interval = 10',
    'tcp_keepalives_count = 3',
  ];
  // The limit for connecting does not hold here any more, nor the one for statements yet.
  const ask = (text: string) => {
    const query = { text, query_timeout: connect };
    return connection.query<{ synchronous_commit: string }>(query);
  };
  await ask(settings.map((setting) => `set ${setting}`).join('; '));
  const { rows } = await ask('show synchronous_commit');
  if (rows[0]?.synchronous_commit === 'on') return;
  throw new StorageError(
    'The PostgreSQL database does not keep synchronous_commit=on, so tokens could be lost: not started. ' +
      'Let DATABASE_URL lead to the server itself and not to a pooler.',
  );
}
