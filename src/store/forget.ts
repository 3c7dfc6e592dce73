import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from './schema';
import type { Store } from './store';

/** What is deleted at once, for which everybody else waits on SQLite. */
const batch = 500;

/** Deletes all rows that fit, some at a time; others get their turn in between. `key` tells the table's rows apart, `which` is what comes behind `where`. */
export async function forgetRows(
  { db }: Store,
  table: keyof Database,
  { key, which }: { readonly key: readonly string[]; readonly which: RawBuilder<unknown> },
): Promise<void> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from ${sql.table(table)} where (${columns}) in
      (select ${columns} from ${sql.table(table)} where ${which} limit ${batch})`.execute(db);
    if (Number(numAffectedRows) < batch) return;
    await nextTurn();
  }
}
