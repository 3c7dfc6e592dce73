import BetterSqlite from 'better-sqlite3';

/** Why the database could not do its work although the statement was right. */
export type StorageFault = 'full' | 'read_only' | 'busy' | 'unreachable' | 'damaged' | 'failing';

const sqliteFaults: readonly [RegExp, StorageFault][] = [
  [/^SQLITE_FULL/, 'full'],
  [/^SQLITE_READONLY/, 'read_only'],
  [/^SQLITE_(BUSY|LOCKED)/, 'busy'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'damaged'],
  [/^SQLITE_(IOERR|CANTOPEN|PROTOCOL)/, 'failing'],
];

// PostgreSQL's condition codes, and those of the socket below.
const serverFaults: readonly [RegExp, StorageFault][] = [
  [/^53100$/, 'full'],
  [/^25006$/, 'read_only'],
  [/^(55P03|57014|40001|40P01)$/, 'busy'],
  [/^(08...|57P0.|53300|ECONN.*|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/, 'unreachable'],
  [/^(58...|XX00[012])$/, 'failing'],
];

/** What an error of a query says about the storage; null when the storage is not to blame. */
export function storageFault(error: unknown): StorageFault | null {
  if (typeof error !== 'object' || error === null) return null;
  const code = 'code' in error ? String(error.code) : '';
  const faults = error instanceof BetterSqlite.SqliteError ? sqliteFaults : serverFaults;
  return faults.find(([pattern]) => pattern.test(code))?.[1] ?? (isLostConnection(error) ? 'unreachable' : null);
}

/** The driver of PostgreSQL has no code for a connection that does not come about or ends. */
function isLostConnection(error: object): boolean {
  const message = 'message' in error ? String(error.message) : '';
  return /^(timeout exceeded when trying to connect|Connection terminated)/.test(message);
}
