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
  type SelectModifierNode,
  SqliteAdapter,
  SqliteDialect,
  SqliteQueryCompiler,
} from 'kysely';
import { createFile, realPlace } from './disk';
import { claimFiles, claimFolders } from './file-modes';
import { StorageError } from './errors';
import { storageFault } from './errors';
import { keptStatements } from './kept';
import type { Database } from './schema';

const busyTimeout = 25;
/** How long a lock of another process is waited for at the most. */
const patience = 5000;

/** Opens the file, or makes it. Throws what SQLite or the file system says, or a StorageError where a backup is needed. */
export async function openSqlite(file: string): Promise<Kysely<Database>> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  claimFolders(file);
  ensureWhole(realPlace(file));
  claimFiles(realPlace(file));
  // The driver waits for a lock by blocking the whole process, so it waits briefly and `whileBusy` does the rest.
  const sqlite = new BetterSqlite(file, { timeout: busyTimeout, fileMustExist: true });
  try {
    // The change to WAL does not wait at all when another process makes it as well.
    await whileBusy(async () => prepareSqlite(sqlite, file));
  } catch (error) {
    sqlite.close();
    throw error;
  }
  const database = { prepare: keptStatements((sql) => sqlite.prepare(sql)), close: () => void sqlite.close() };
  return new Kysely<Database>({ dialect: new PatientSqliteDialect({ database }) });
}

/** SQLite takes an empty file for new, and what is left of a lost one for a part of it: no loss would be noticed. */
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

function lost(file: string, what: string, left: string): StorageError {
  return new StorageError(`The database ${file} ${what}: restore it from your backup. To begin anew, delete ${left}.`);
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
    throw new StorageError(
      `The database ${file} does not accept synchronous=FULL, so tokens could be lost: not started.`,
    );
  }
  if (!isSound(sqlite)) {
    throw new StorageError(`The database ${file} is damaged: stop here and restore it from your backup.`);
  }
}

/** History, which no token depends on and which takes minutes to read: see maintenance/file-check.ts. */
const longTables = ['refreshes', 'events', 'token_uses', 'token_totals', 'breakages', 'alerts', 'deliveries'];

/** With the indexes, by which a name could lead to another row. A file that was cut short is not opened at all. */
function isSound(sqlite: BetterSqlite.Database): boolean {
  const checks = sqlite
    .prepare<[], string>("select name from sqlite_schema where type = 'table'")
    .pluck()
    .all()
    .filter((name) => !longTables.includes(name))
    .map((name) => `integrity_check("${name}")`);
  return checks.every((check) => sqlite.pragma(check, { simple: true }) === 'ok');
}

/** Leaves everything in the one file, so that a copy of it is whole, whoever else has it open. */
export async function closeSqlite(db: Kysely<Database>): Promise<void> {
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

  override createQueryCompiler(): SqliteQueryCompiler {
    return new LocklessCompiler();
  }
}

/** One process writes at a time, so rows need no locks of their own: `for update skip locked` means nothing and is left out. */
class LocklessCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== 'ForUpdate' && node.modifier !== 'SkipLocked') super.visitSelectModifier(node);
  }
}

class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function patient(driver: Driver): Driver {
  const wrappers = new WeakMap<DatabaseConnection, DatabaseConnection>();
  let inTransaction = false;
  const over = (): void => void (inTransaction = false);
  return {
    init: () => driver.init(),
    acquireConnection: async () => wrapped(await driver.acquireConnection()),
    // Taking the write lock at the start makes a transaction wait for it here, and not fail in its middle.
    async beginTransaction(connection) {
      await connection.executeQuery(CompiledQuery.raw('begin immediate'));
      inTransaction = true;
    },
    commitTransaction: (connection) => driver.commitTransaction(connection).then(over),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection).catch(unlessOver).finally(over),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  };

  function wrapped(connection: DatabaseConnection): DatabaseConnection {
    const known = wrappers.get(connection) ?? {
      executeQuery: (query) =>
        whileBusy(
          () => connection.executeQuery(query),
          () => lend(connection),
        ),
      streamQuery: (query, size) => connection.streamQuery(query, size),
    };
    wrappers.set(connection, known);
    return known;
  }

  /** There is one connection, and whoever waits for a lock with it would keep those waiting who only read. */
  async function lend(connection: DatabaseConnection): Promise<void> {
    if (inTransaction) return wait(aMoment());
    await driver.releaseConnection(connection);
    await wait(aMoment());
    await driver.acquireConnection();
  }
}

/** SQLite itself ends a transaction in which the disk got full; the error of then is the one to tell. */
function unlessOver(error: unknown): void {
  if (!String(error).includes('no transaction is active')) throw error;
}

/** In milliseconds; of different length, so that those who wait do not meet again. */
function aMoment(): number {
  return 5 + Math.random() * 40;
}

async function whileBusy<Result>(
  work: () => Promise<Result>,
  pause = (): Promise<void> => wait(aMoment()),
): Promise<Result> {
  const giveUp = Date.now() + patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (storageFault(error) !== 'busy' || Date.now() > giveUp) throw error;
      await pause();
    }
  }
}
