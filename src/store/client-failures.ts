import { sql } from 'kysely';
import type { Store } from './store';

/** A refresh under way with what was wrong loses its claim, so that it cannot write its refusal over this. */
export async function endFailuresOf(store: Store, clientId: string, codes: readonly string[]): Promise<void> {
  await store.db
    .updateTable('connections')
    .set({ retry_at: null, failures: 1, lease_owner: null, lease_until: null, seq: sql<number>`seq + 1` })
    .where('client_id', '=', clientId)
    .where('error_code', 'in', codes)
    .execute();
}

export async function clientsInUse(store: Store): Promise<{ clientId: string; connections: number }[]> {
  const rows = await inUse(store).execute();
  return rows.map(counted);
}

export async function clientsNotStored(store: Store): Promise<{ clientId: string; connections: number }[]> {
  const stored = store.db.selectFrom('clients').select('client_id');
  const rows = await inUse(store).where('client_id', 'not in', stored).execute();
  return rows.map(counted);
}

function inUse({ db }: Store) {
  return db
    .selectFrom('connections')
    .select(['client_id', ({ fn }) => fn.countAll().as('count')])
    .where('status', '<>', 'revoked')
    .groupBy('client_id')
    .orderBy('client_id');
}

/** PostgreSQL's driver sends counts as text. */
function counted(row: { client_id: string; count: string | number | bigint }) {
  return { clientId: row.client_id, connections: Number(row.count) };
}
