import BetterSqlite from 'better-sqlite3';
import { storageFault } from './errors';

/** What is wrong with a SQLite file that may be in use, in SQLite's words; null when nothing is. Reads all of it. */
export function faultIn(file: string): string | null {
  let database: BetterSqlite.Database | undefined;
  try {
    database = new BetterSqlite(file, { readonly: true, fileMustExist: true });
    const [verdict] = database.prepare<[], string>('pragma quick_check(1)').pluck().all();
    return verdict === 'ok' ? null : (verdict ?? 'no verdict');
  } catch (error) {
    if (storageFault(error) !== 'damaged') throw error;
    return error instanceof Error ? error.message : 'damaged';
  } finally {
    database?.close();
  }
}
