import { CompiledQuery, Kysely, Migrator, PostgresDialect } from 'kysely';
import type { ClientBase } from 'pg';
import { StorageError } from './errors';
import { migrations } from './migrations';
import type { Database } from './schema';
import { closeSqlite, openSqlite } from './sqlite';

// All that differs between the two databases is in this file and sqlite.ts.

export interface OpenDatabase {
  readonly db: Kysely<Database>;
  /** The file of a SQLite database; null on PostgreSQL. */
  readonly file: string | null;
  readonly close: () => Promise<void>;
}

/**
 * Opens `sqlite:FILE` or `postgres://…` and brings its tables up to date. Throws a StorageError with one line that says
 * what to do; never deletes or recreates anything.
 */
export async function openDatabase(url: string): Promise<OpenDatabase> {
  const file = sqliteFileOf(url);
  const refuse = (error: unknown): never => {
    throw unusable(file, error);
  };
  const db = await (file === null ? openPostgres(url) : openSqlite(file)).catch(refuse);
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    return refuse(error);
  }
  return { db, file, close: () => (file === null ? db.destroy() : closeSqlite(db)) };
}

/** The file that a `sqlite:` URL names; null for PostgreSQL. */
export function sqliteFileOf(url: string): string | null {
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : null;
}

/** Any failure to open a database as one line for the operator. */
export function unusable(file: string | null, error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const reason =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : 'unknown reason';
  const sentence =
    file === null
      ? `The PostgreSQL database cannot be used: ${reason}. Check DATABASE_URL and that the server runs.`
      : `The database ${file} cannot be used: ${reason}. Check its folder and permissions, or restore it from your backup.`;
  return new StorageError(sentence);
}

async function migrate(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const known = new Set(Object.keys(migrations));
  const newer = (await appliedMigrations(db)).find((name) => !known.has(name));
  if (newer !== undefined) {
    throw new StorageError(
      `The database was used by a newer Keeper (it knows ${newer}): install that version or restore an older backup.`,
    );
  }
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function appliedMigrations(db: Kysely<Database>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const { rows } = await db.executeQuery<{ name: string }>(CompiledQuery.raw('select name from kysely_migration'));
  return rows.map((row) => row.name);
}

async function openPostgres(url: string): Promise<Kysely<Database>> {
  // Loaded when asked for: most installations never need it, and it would slow every start down.
  const { Pool } = await import('pg');
  const pool = new Pool({
    connectionString: url,
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
