import BetterSqlite from 'better-sqlite3';
import { realPlace } from './disk';
import { storageFault } from './errors';

export interface Membership {
  /** True when at that moment no other process had the database open. */
  readonly wasAlone: boolean;
  leave(): void;
}

/**
 * Joins the processes that use a SQLite file, each by a shared lock on an empty file beside it, which ends with the
 * process however that ends. Throws what SQLite says when that file cannot be made.
 */
export function joinUsers(file: string): Membership {
  const lock = new BetterSqlite(`${realPlace(file)}-users`, { timeout: 0 });
  try {
    const wasAlone = isFree(lock);
    // Another one may just be looking whether it is alone.
    lock.pragma('busy_timeout = 1000');
    lock.exec('begin');
    lock.prepare('select count(*) from sqlite_schema').get();
    return { wasAlone, leave: () => void lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}

function isFree(lock: BetterSqlite.Database): boolean {
  try {
    lock.exec('begin exclusive; commit');
    return true;
  } catch (error) {
    if (storageFault(error) === 'busy') return false;
    throw error;
  }
}
