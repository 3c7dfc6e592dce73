import type { Kysely } from 'kysely';
import { StorageError } from './errors';
import { migrate } from './migrate';
import { openPostgres } from './postgres';
import { explainPostgres } from './postgres-errors';
import type { Database } from './schema';
import { closeSqlite, openSqlite } from './sqlite';

// All that differs between the two databases is in this file, migrate.ts, postgres.ts and sqlite.ts.

export interface OpenDatabase {
  readonly db: Kysely<Database>;
  readonly file: string | null;
  readonly close: () => Promise<void>;
}

/** Brings the tables up to date; never deletes or recreates any. Throws a StorageError that says what to do. */
export async function openDatabase(url: string): Promise<OpenDatabase> {
  const file = sqliteFileOf(url);
  let db: Kysely<Database> | undefined;
  try {
    db = await (file === null ? openPostgres(url) : openSqlite(file));
    await migrate(db, file === null ? 'postgres' : 'sqlite');
  } catch (error) {
    const reason = file === null ? await explainPostgres(db, url, error) : error;
    await db?.destroy();
    throw unusable(file, reason);
  }
  return { db, file, close: () => (file === null ? db.destroy() : closeSqlite(db)) };
}

export function sqliteFileOf(url: string): string | null {
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : null;
}

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
