import { renameInApiKeys } from './api-keys';
import type { ConnectionRow } from './schema';
import type { Store } from './store';

/** Takes along all that names a connection as it did before, and notes that name. API keys are proved anew. In a transaction. */
export async function followName(store: Store, seen: ConnectionRow, name: string, now: string): Promise<void> {
  const { db } = store;
  const { id: connection_id, name: former } = seen;
  for (const table of ['flows', 'links', 'revocations'] as const) {
    await db.updateTable(table).set({ connection_name: name }).where('connection_name', '=', former).execute();
  }
  await renameInApiKeys(store, former, name);
  await forgetFormerName(store, name);
  await db
    .insertInto('former_names')
    .values({ name: former, connection_id, until: now })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ connection_id, until: now }))
    .execute();
}

/** Once a name is a connection's, it leads to no other. */
export async function forgetFormerName({ db }: Store, name: string): Promise<void> {
  await db.deleteFrom('former_names').where('name', '=', name).execute();
}

/** The connection that had this name before; undefined when there is none, or it is gone. */
export async function findByFormerName({ db }: Store, name: string): Promise<ConnectionRow | undefined> {
  return db
    .selectFrom('connections')
    .innerJoin('former_names', 'former_names.connection_id', 'connections.id')
    .selectAll('connections')
    .where('former_names.name', '=', name)
    .executeTakeFirst();
}

export interface FormerName {
  readonly name: string;
  /** ISO time of the renaming. */
  readonly until: string;
}

/** The latest first. */
export async function formerNamesOf({ db }: Store, connectionId: string): Promise<FormerName[]> {
  return db
    .selectFrom('former_names')
    .select(['name', 'until'])
    .where('connection_id', '=', connectionId)
    .orderBy('until', 'desc')
    .execute();
}
