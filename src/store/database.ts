import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  Migrator,
  PostgresDialect,
  SqliteAdapter,
  SqliteDialect,
} from 'kysely';
import type { ClientBase } from 'pg';
import { createFile, realPlace } from './disk';
import { StoreError } from './errors';
import { storageFault } from './faults';
import { migrations } from './migrations';
import type { Database } from './schema';

// All that differs between the two databases is in this file.

export interface OpenDatabase {
  readonly db: Kysely<Database>;
  /** The file of a SQLite database; null on PostgreSQL. */
  readonly file: string | null;
  readonly close: () => Promise<void>;
}

/**
 * Opens `sqlite:FILE` or `postgres://…` and brings its tables up to date. Throws a StoreError with one line that says
 * what to do; never deletes or recreates anything.
 */
export async function openDatabase(url: string): Promise<OpenDatabase> {
  const file = sqliteFileOf(url);
  const db = await (file === null ? openPostgres(url) : openSqlite(file));
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw unusable(file, error);
  }
  return { db, file, close: () => (file === null ? db.destroy() : closeSqlite(db)) };
}

/** The file that a `sqlite:` URL names; null for PostgreSQL. */
export function sqliteFileOf(url: string): string | null {
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : null;
}

/** Any failure to open a database as one line for the operator. */
export function unusable(file: string | null, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : 'unknown reason';
  const sentence =
    file === null
      ? `The PostgreSQL database cannot be used: ${reason}. Check DATABASE_URL and that the server runs.`
      : `The database ${file} cannot be used: ${reason}. Check its folder and permissions, or restore it from your backup.`;
  return new StoreError(sentence);
}

async function migrate(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const known = new Set(Object.keys(migrations));
  const newer = (await appliedMigrations(db)).find((name) => !known.has(name));
  if (newer !== undefined) {
    throw new StoreError(
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
  throw new StoreError(
    'The PostgreSQL database does not keep synchronous_commit=on, so tokens could be lost: not started. ' +
      'Let DATABASE_URL lead to the server itself and not to a pooler.',
  );
}

const busyTimeout = 250;

async function openSqlite(file: string): Promise<Kysely<Database>> {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    ensureWhole(realPlace(file));
    // The driver waits for a lock by blocking the whole process, so it waits briefly and `whileBusy` does the rest.
    const sqlite = new BetterSqlite(file, { timeout: busyTimeout, fileMustExist: true });
    try {
      // The change to WAL does not wait at all when another process makes it as well.
      await whileBusy(async () => prepareSqlite(sqlite, file));
    } catch (error) {
      sqlite.close();
      throw error;
    }
    return new Kysely<Database>({ dialect: new PatientSqliteDialect({ database: sqlite }) });
  } catch (error) {
    throw unusable(file, error);
  }
}

/**
 * Makes the file of a new database. SQLite takes one without a byte for new as well, and what is left of one that is
 * gone for a part of the new one: what was lost would not be noticed.
 */
function ensureWhole(file: string): void {
  // Looked for before the file: a process that makes the database just now makes its file first.
  const left = ['-wal', '-journal'].map((suffix) => file + suffix).find((part) => existsSync(part));
  if (!existsSync(file)) {
    if (left !== undefined) throw lost(file, `is gone, although ${left} is there`, left);
    createSqlite(file);
  }
  const found = statSync(file);
  if (found.isFile() && found.size === 0) throw lost(file, 'is empty, without a single byte', file);
  // SQLite itself would only say that it cannot open it.
  accessSync(file, constants.R_OK | constants.W_OK);
}

function lost(file: string, what: string, left: string): StoreError {
  return new StoreError(`The database ${file} ${what}: restore it from your backup. To begin anew, delete ${left}.`);
}

/** A new file comes into being whole, and for its owner only: SQLite gives the files beside it the same mode. */
function createSqlite(file: string): void {
  const memory = new BetterSqlite(':memory:');
  try {
    // Several processes may do this at once, so each has a draft of its own.
    createFile(file, memory.serialize(), `${file}.new-${randomUUID()}`);
  } catch (error) {
    // Then another process was first.
    if (!existsSync(file)) throw error;
  } finally {
    memory.close();
  }
}

function prepareSqlite(sqlite: BetterSqlite.Database, file: string): void {
  sqlite.pragma('journal_mode = WAL');
  // The driver is built with NORMAL, which in WAL mode loses acknowledged commits at a power cut.
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('foreign_keys = ON');
  sqlite.pragma('secure_delete = ON');
  sqlite.pragma('trusted_schema = OFF');
  sqlite.pragma('cell_size_check = ON');
  if (sqlite.pragma('synchronous', { simple: true }) !== 2) {
    throw new StoreError(
      `The database ${file} does not accept synchronous=FULL, so tokens could be lost: not started.`,
    );
  }
  if (!isSound(sqlite)) {
    throw new StoreError(`The database ${file} is damaged: stop here and restore it from your backup.`);
  }
}

/** The quick check leaves indexes out, by which a name could lead to another row; on the two long tables that is fine. */
function isSound(sqlite: BetterSqlite.Database): boolean {
  const tables = sqlite
    .prepare<[], string>("select name from sqlite_schema where type = 'table' and name not in ('refreshes', 'events')")
    .pluck()
    .all();
  const checks = ['quick_check(1)', ...tables.map((name) => `integrity_check("${name}")`)];
  return checks.every((check) => sqlite.pragma(check, { simple: true }) === 'ok');
}

/** Leaves everything in the one file, so that a copy of it is whole, whoever else has it open. */
async function closeSqlite(db: Kysely<Database>): Promise<void> {
  // On a full disk, say, the rest stays in the file beside it, where the next start finds it.
  await db.executeQuery(CompiledQuery.raw('pragma wal_checkpoint(TRUNCATE)')).catch(() => undefined);
  await db.destroy();
}

/** SQLite with migrations in a transaction (it can, Kysely is careful) and locks that are waited for without blocking. */
class PatientSqliteDialect extends SqliteDialect {
  override createDriver(): Driver {
    return patient(super.createDriver());
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdl();
  }
}

class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

const patience = 5000;

function patient(driver: Driver): Driver {
  const wrappers = new WeakMap<DatabaseConnection, DatabaseConnection>();
  return {
    init: () => driver.init(),
    acquireConnection: async () => wrapped(await driver.acquireConnection()),
    // Taking the write lock at the start makes a transaction wait for it here, and not fail in its middle.
    beginTransaction: async (connection) => void (await connection.executeQuery(CompiledQuery.raw('begin immediate'))),
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  };

  function wrapped(connection: DatabaseConnection): DatabaseConnection {
    const known = wrappers.get(connection) ?? {
      executeQuery: (query) => whileBusy(() => connection.executeQuery(query)),
      streamQuery: (query, size) => connection.streamQuery(query, size),
    };
    wrappers.set(connection, known);
    return known;
  }
}

/** Repeats `work` while another process holds SQLite's lock, up to five seconds. */
async function whileBusy<Result>(work: () => Promise<Result>): Promise<Result> {
  const giveUp = Date.now() + patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (storageFault(error) !== 'busy' || Date.now() > giveUp) throw error;
      await wait(5 + Math.random() * 40);
    }
  }
}
