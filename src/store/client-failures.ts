import { sql } from 'kysely';
import type { DataCenterCode } from '../zoho/data-centers';
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

/** Clients that Zoho refuses, by data centre and what it says, with the connections that wait for that. */
export async function refusedClients(
  { db }: Store,
  codes: readonly string[],
): Promise<{ client_id: string; data_center: DataCenterCode; error_code: string; connections: number }[]> {
  const rows = await db
    .selectFrom('connections')
    .select(['client_id', 'data_center', 'error_code', ({ fn }) => fn.countAll().as('count')])
    .where('status', '=', 'active')
    .where('error_code', 'in', codes)
    .groupBy(['client_id', 'data_center', 'error_code'])
    .orderBy('client_id')
    .execute();
  return rows.map(({ count, error_code, ...row }) => ({
    ...row,
    error_code: error_code ?? '',
    connections: Number(count),
  }));
}

/** Connections in use with the client that each was made with, in the order of their names. */
export async function connectionsInUse({ db }: Store): Promise<{ name: string; client_id: string }[]> {
  return db
    .selectFrom('connections')
    .select(['name', 'client_id'])
    .where('status', '<>', 'revoked')
    .orderBy('name')
    .execute();
}

export async function clientsNotStored(store: Store): Promise<{ clientId: string; connections: number }[]> {
  const stored = store.db.selectFrom('clients').select('client_id');
  const rows = await store.db
    .selectFrom('connections')
    .select(['client_id', ({ fn }) => fn.countAll().as('count')])
    .where('status', '<>', 'revoked')
    .where('client_id', 'not in', stored)
    .groupBy('client_id')
    .orderBy('client_id')
    .execute();
  // PostgreSQL's driver sends counts as text.
  return rows.map((row) => ({ clientId: row.client_id, connections: Number(row.count) }));
}
