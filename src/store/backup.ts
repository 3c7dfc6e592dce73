import { copyFileSync, chmodSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { syncToDisk } from './disk';
import { StorageError } from './errors';
import { storageFault } from './errors';
import type { Store } from './store';

export interface Contents {
  readonly schema: string;
  readonly keys: readonly string[];
  readonly rows: Readonly<Record<string, number>>;
}

/** Copies a database that may be in use, as it is at one moment, into a new file that needs no others beside it. */
export async function copyDatabase(
  from: string,
  to: string,
  onCopied: (share: number) => void = () => undefined,
): Promise<void> {
  const source = new BetterSqlite(from, { readonly: true, fileMustExist: true });
  try {
    // A read transaction keeps the moment, so that writers meanwhile neither wait nor make the copy start again.
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    await source.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        onCopied(1 - remainingPages / totalPages);
        return 500;
      },
    });
  } finally {
    source.close();
  }
  const copy = new BetterSqlite(to);
  try {
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
}

/** Checks a whole database file and counts what it holds. Throws a StorageError when it is damaged or of another kind. */
export function inspectDatabase(file: string): Contents {
  let database: BetterSqlite.Database | undefined;
  try {
    database = new BetterSqlite(file, { readonly: true, fileMustExist: true });
    const verdict: unknown = database.pragma('integrity_check(1)', { simple: true });
    if (verdict !== 'ok') throw new StorageError(`${file} is damaged: use another backup.`);
    return contentsOf(database);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw new StorageError(`${file} is not a whole database of the Keeper: use another backup.`);
  } finally {
    database?.close();
  }
}

function contentsOf(database: BetterSqlite.Database): Contents {
  const column = (statement: string): string[] => database.prepare<[], string>(statement).pluck().all();
  const tables = column(
    "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name",
  );
  const count = (table: string): number =>
    database.prepare<[], number>(`select count(*) from "${table}"`).pluck().get() ?? 0;
  // Backups of earlier versions have Kysely's own name for it.
  const migrations = tables.find((table) => table === 'keeper_migration') ?? 'kysely_migration';
  return {
    schema: column(`select max(name) from ${migrations}`)[0] ?? '',
    keys: column("select substr(key, 5) from meta where key like 'key:%' order by key"),
    rows: Object.fromEntries(tables.map((table) => [table, count(table)])),
  };
}

const incidental = /^(meta|events|sessions|changes|(keeper|kysely)_migration.*)$/;

/** Whether nothing would be missed if this database were gone. One that cannot be read is not empty. */
export function isEmptyDatabase(file: string): boolean {
  if (!existsSync(file)) return true;
  try {
    return Object.entries(inspectDatabase(file).rows).every(([table, rows]) => rows === 0 || incidental.test(table));
  } catch {
    return false;
  }
}

/** When each API key of a database file was revoked, null for those that were not. Empty when that cannot be read. */
export function revocationsIn(file: string): ReadonlyMap<string, string | null> {
  let database: BetterSqlite.Database | undefined;
  try {
    database = new BetterSqlite(file, { fileMustExist: true });
    const keys = database
      .prepare<[], { id: string; revokedAt: string | null }>('select id, revoked_at as revokedAt from api_keys')
      .all();
    return new Map(keys.map(({ id, revokedAt }) => [id, revokedAt]));
  } catch {
    return new Map();
  } finally {
    database?.close();
  }
}

/** Ends what was under way when the backup was made. Returns how many attempts to connect that cut short. */
export async function endWorkUnderWay({ db }: Store, now: string): Promise<number> {
  await db.deleteFrom('sessions').execute();
  await db.updateTable('connections').set({ lease_owner: null, lease_until: null, claimed_until: null }).execute();
  const wiped = {
    verifier_sealed: null,
    code_sealed: null,
    answer_sealed: null,
    device_code_sealed: null,
    error_code: 'interrupted',
    updated_at: now,
  };
  await db
    .updateTable('flows')
    .set({ status: 'failed', ...wiped })
    .where('status', '=', 'issued')
    .execute();
  // Those that were open then may have been used or revoked since.
  await db.updateTable('links').set({ status: 'revoked', ended_at: now }).where('status', '=', 'open').execute();
  const { numUpdatedRows } = await db
    .updateTable('flows')
    .set({ status: 'interrupted', ...wiped })
    .where('status', '=', 'exchanging')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export function draftOf(backup: string, draft: string): void {
  removeDatabase(draft);
  copyFileSync(backup, draft);
  chmodSync(draft, 0o600);
}

export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
}

/** At every moment one of the two is in place. Throws a StorageError while somebody has the old one open. */
export function swapDatabase(draft: string, file: string, aside: string): void {
  syncToDisk(draft);
  if (existsSync(file)) {
    leaveWal(file);
    linkSync(file, aside);
  }
  // What is left beside a database that is damaged or gone must not be taken for a part of the new one.
  for (const suffix of ['-wal', '-shm', '-journal']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  renameSync(draft, file);
  syncToDisk(dirname(file));
}

/** SQLite leaves WAL mode only for its single user, and puts everything into the one file then. */
function leaveWal(file: string): void {
  let database: BetterSqlite.Database | undefined;
  try {
    database = new BetterSqlite(file, { timeout: 1000 });
    database.pragma('journal_mode = DELETE');
  } catch (error) {
    if (storageFault(error) === 'busy') {
      throw new StorageError(`The database ${file} is in use: stop the Keeper first.`);
    }
    // One that is damaged cannot be used by anybody.
  } finally {
    database?.close();
  }
}
