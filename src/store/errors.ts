import { codeOf, isExhausted } from '../lib/errors';

/** The database or its key cannot be used as they are. The message is one line for the operator with the next step. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/** The server said nothing for so long that it is taken to be gone. */
export class SilentDatabase extends Error {
  override readonly name = 'SilentDatabase';
  readonly code = 'ETIMEDOUT';
}

export type StorageFault = 'full' | 'read_only' | 'busy' | 'unreachable' | 'damaged' | 'failing' | 'exhausted';

// SQLite's codes; PostgreSQL's condition codes and those of the socket below.
const faults: readonly [RegExp, StorageFault][] = [
  [/^(SQLITE_FULL|53100)/, 'full'],
  [/^(SQLITE_READONLY|25006)/, 'read_only'],
  [/^(SQLITE_BUSY|SQLITE_LOCKED|55P03|57014|40001|40P01)/, 'busy'],
  [/^(SQLITE_CORRUPT|SQLITE_NOTADB|XX00[12])/, 'damaged'],
  [/^(SQLITE_IOERR|SQLITE_CANTOPEN|SQLITE_PROTOCOL|58...$)/, 'failing'],
  [/^(08...|57P0.|53300|ECONN.*|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/, 'unreachable'],
];

export function storageFault(error: unknown): StorageFault | null {
  const code = codeOf(error);
  if (isExhausted(error)) return 'exhausted';
  return faults.find(([pattern]) => pattern.test(code))?.[1] ?? (isLostConnection(error) ? 'unreachable' : null);
}

/** PostgreSQL ended one of several transactions that waited for each other, or that it could not put in an order. */
export function isUndone(error: unknown): boolean {
  return /^(40001|40P01)$/.test(codeOf(error));
}

/** The driver of PostgreSQL has no code for a connection that does not come about or ends. */
function isLostConnection(error: unknown): boolean {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return /^(timeout exceeded when trying to connect|Connection terminated|Client (has encountered|was closed))/.test(
    message,
  );
}
