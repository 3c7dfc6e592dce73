import { byCommandLine } from '../audit';
import { type Clock, iso } from '../lib/time';
import { type Tell, tellNobody } from '../lib/progress';
import { openForMove, sqliteFileOf, unusable } from '../store/database';
import { verifySecrets, type SecretCounts } from '../store/encryption/sealed';
import { StorageError } from '../store/errors';
import { recordEvent } from '../store/events';
import { analyze, copyTable, filledTables, lockTables, movedTables, tallyCopy } from '../store/move';
import { openStore } from '../store/open';
import type { OpenStore, Store } from '../store/store';
import { joinUsers } from '../store/users';

export interface Origin {
  readonly databaseUrl: string;
  readonly encryptionKeys: string | null;
}

export interface Moved {
  readonly connections: number;
  /** In all tables. */
  readonly rows: number;
  readonly secrets: SecretCounts;
  /** The database that was moved, which is still there. */
  readonly file: string;
  /** Null where the environment gives the keys. */
  readonly keyFile: string | null;
}

/**
 * Copies a whole SQLite installation into an empty PostgreSQL database, in one transaction: when it ends early, by whatever,
 * the tables there are empty as before, and it can be begun anew. Throws a StorageError that says why.
 */
export async function moveStore(
  { databaseUrl, encryptionKeys }: Origin,
  to: string,
  now: Clock,
  tell: Tell = tellNobody,
): Promise<Moved> {
  const file = sqliteFileOf(databaseUrl);
  if (file === null) {
    throw new StorageError(
      'The database is PostgreSQL already: move it to another server with pg_dump and pg_restore.',
    );
  }
  const { wasAlone, leave } = joinUsers(file);
  try {
    if (!wasAlone) throw new StorageError(`The database ${file} is in use: stop the Keeper first.`);
    const store = await openStore(databaseUrl, encryptionKeys);
    try {
      return { ...(await moveInto(store, to, now, tell)), file, keyFile: store.keyFile };
    } finally {
      await store.close();
    }
  } finally {
    leave();
  }
}

async function moveInto(
  store: OpenStore,
  to: string,
  now: Clock,
  tell: Tell,
): Promise<Omit<Moved, 'file' | 'keyFile'>> {
  const { db: target, close } = await openForMove(to);
  try {
    // A transaction on SQLite keeps all writers out, such as a Keeper that is started meanwhile.
    const moved = await store.db
      .transaction()
      .execute((source) =>
        target.transaction().execute((copy) => copyAll(source, { db: copy, cipher: store.cipher }, now, tell)),
      );
    await analyze(target);
    return moved;
  } catch (error) {
    throw unusable(null, error);
  } finally {
    await close();
  }
}

async function copyAll(source: Store['db'], copy: Store, now: Clock, tell: Tell) {
  await lockTables(copy.db);
  const filled = await filledTables(copy.db);
  if (filled.length > 0) {
    throw new StorageError(
      `The PostgreSQL database is not empty (it has rows in ${filled.join(', ')}): make a new one with createdb, and move there.`,
    );
  }
  const counts = new Map<string, number>();
  for (const [index, table] of movedTables.entries()) {
    tell(`Copying ${table}, table ${index + 1} of ${movedTables.length}`);
    const original = await copyTable(source, copy.db, table);
    const arrived = await tallyCopy(source, copy.db, table);
    if (original.rows !== arrived.rows || original.digest !== arrived.digest) {
      throw new StorageError(
        `The table ${table} arrived otherwise than it was, so nothing was moved: see whether DATABASE_URL and --to lead ` +
          'to databases in UTF-8 that nothing else changes, and begin anew.',
      );
    }
    counts.set(table, original.rows);
  }
  tell('Opening all secrets there');
  const secrets = await verifySecrets(copy);
  await recordEvent(copy, byCommandLine, { action: 'store_moved', subject: 'PostgreSQL' }, iso(now()));
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return { connections: counts.get('connections') ?? 0, rows, secrets };
}
