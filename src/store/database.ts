import type { Kysely } from 'kysely';
import { StorageError, storageFault } from './errors';
import { migrate } from './migrate';
import { forMigrations, forRequests, openPostgres } from './postgres';
import { explainPostgres } from './postgres-errors';
import type { Database } from './schema';
import { closeSqlite, openSqlite } from './sqlite';

// All that differs between the two databases is in this file, migrate.ts, postgres.ts and sqlite.ts.

export interface OpenDatabase {
  readonly db: Kysely<Database>;
  readonly file: string | null;
  readonly close: () => Promise<void>;
}

/** How many connections to PostgreSQL there are at the most where nothing else is said. */
export const usualConnections = 10;

/** Brings the tables up to date; never deletes or recreates any. Throws a StorageError that says what to do. */
export async function openDatabase(url: string, connections = usualConnections): Promise<OpenDatabase> {
  const file = sqliteFileOf(url);
  if (file === null) return openOnServer(url, connections);
  let db: Kysely<Database> | undefined;
  try {
    db = await openSqlite(file);
    await migrate(db, 'sqlite');
  } catch (error) {
    await db?.destroy();
    throw unusable(file, error);
  }
  return { db, file, close: () => closeSqlite(db) };
}

/** The same with a single connection on which nothing has a limit: whole tables are read and written. */
export async function openForMove(url: string): Promise<OpenDatabase> {
  const db = await openPostgres(url, forMigrations);
  try {
    await migrate(db, 'postgres');
    return { db, file: null, close: () => db.destroy() };
  } catch (error) {
    const { message } = unusable(null, await explainPostgres(db, url, error));
    await db.destroy();
    // Whoever moves has named the server there, and DATABASE_URL is right.
    throw new StorageError(message.replaceAll('DATABASE_URL', '--to'));
  }
}

async function openOnServer(url: string, connections: number): Promise<OpenDatabase> {
  let migrating: Kysely<Database> | undefined;
  try {
    migrating = await openPostgres(url, forMigrations);
    await migrate(migrating, 'postgres');
    const db = await openPostgres(url, { ...forRequests, connections });
    return { db, file: null, close: () => db.destroy() };
  } catch (error) {
    throw unusable(null, await explainPostgres(migrating, url, error));
  } finally {
    await migrating?.destroy();
  }
}

export function sqliteFileOf(url: string): string | null {
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : null;
}

export function unusable(file: string | null, error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const reason =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : 'unknown reason';
  if (file === null) {
    const sentence = `The PostgreSQL database cannot be used: ${reason}. Check DATABASE_URL and that the server runs.`;
    return new StorageError(sentence);
  }
  return new StorageError(`The database ${file} cannot be used: ${reason}. ${nextStep(error)}`);
}

function nextStep(error: unknown): string {
  switch (storageFault(error)) {
    case 'busy':
      return 'Another program holds it: wait, or end what stands still or copies the file.';
    case 'full':
    case 'failing':
      return 'See whether its disk is full, then check its folder and permissions.';
    default:
      return 'Check its folder and permissions, or restore it from your backup.';
  }
}
