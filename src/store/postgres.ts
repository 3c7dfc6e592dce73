import { Kysely, PostgresDialect } from 'kysely';
import type { ClientBase } from 'pg';
import { StorageError } from './errors';
import { withTls } from './postgres-tls';
import type { Database } from './schema';

/** Throws what the driver says of the URL; the first query connects. */
export async function openPostgres(url: string): Promise<Kysely<Database>> {
  // Loaded when asked for: most installations never need it, and it would slow every start down.
  const { Client, Pool } = await import('pg');
  const pool = new Pool({
    // The driver alone would send everything in clear unless told otherwise, and heed NODE_TLS_REJECT_UNAUTHORIZED.
    ...withTls(url, (connectionString) => new Client({ connectionString }).host),
    max: 10,
    connectionTimeoutMillis: 3000,
    statement_timeout: 5000,
    lock_timeout: 2000,
    idle_in_transaction_session_timeout: 10_000,
    // Awaited before the connection is used; one that is refused is not used at all.
    onConnect: waitForDisk,
  });
  // A connection that breaks fails its query, or is replaced at the next one; without listeners it would end the
  // process, idle or in the middle of a transaction.
  pool.on('error', () => undefined);
  pool.on('connect', (connection) => connection.on('error', () => undefined));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** A token must be on disk before it is served, whatever the server, the role or the URL have set. */
async function waitForDisk(connection: ClientBase): Promise<void> {
  await connection.query('set synchronous_commit = on');
  const { rows } = await connection.query<{ synchronous_commit: string }>('show synchronous_commit');
  if (rows[0]?.synchronous_commit === 'on') return;
  throw new StorageError(
    'The PostgreSQL database does not keep synchronous_commit=on, so tokens could be lost: not started. ' +
      'Let DATABASE_URL lead to the server itself and not to a pooler.',
  );
}
