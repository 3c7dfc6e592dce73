import BetterSqlite from 'better-sqlite3';

type Handle = BetterSqlite.Database;

/** What the simulation may do with a database: see who opens it, and spoil a statement by throwing. */
export interface Watcher {
  opened(handle: Handle): void;
  before(handle: Handle, sql: string): void;
}

/** Watches all SQLite databases of this process. Returns what ends it. */
export function watchStatements(watcher: Watcher): () => void {
  const database: object = BetterSqlite.prototype;
  const memory = new BetterSqlite(':memory:');
  const statement: object = Object.getPrototypeOf(memory.prepare('select 1'));
  memory.close();
  const undo = [
    wrap(database, 'prepare', (handle) => {
      if (handle instanceof BetterSqlite && !handle.memory) watcher.opened(handle);
    }),
    ...['run', 'all'].map((name) => wrap(statement, name, (one) => watch(watcher, one))),
  ];
  return () => undo.forEach((act) => act());
}

function watch(watcher: Watcher, statement: unknown): void {
  if (typeof statement !== 'object' || statement === null) return;
  const handle: unknown = Reflect.get(statement, 'database');
  if (handle instanceof BetterSqlite) watcher.before(handle, String(Reflect.get(statement, 'source')));
}

function wrap(target: object, name: string, before: (self: unknown) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const method: unknown = Reflect.get(target, name);
  if (typeof method !== 'function') throw new Error(`there is no ${name}`);
  Object.defineProperty(target, name, {
    configurable: true,
    writable: true,
    value(this: unknown, ...values: unknown[]): unknown {
      before(this);
      return Reflect.apply(method, this, values);
    },
  });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}

export function busy(): Error {
  return new BetterSqlite.SqliteError('database is locked', 'SQLITE_BUSY');
}
