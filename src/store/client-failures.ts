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

/** Clients beside those of `known` that connections in use were made with. Leaps by index from one to the next. */
export async function otherClients(
  { db }: Store,
  known: readonly string[],
): Promise<{ clientId: string; connections: number }[]> {
  const inUse = db.selectFrom('connections').where('status', '<>', 'revoked');
  const others: { clientId: string; connections: number }[] = [];
  for (let last = ''; ;) {
    const next = inUse.select('client_id').where('client_id', '>', last).orderBy('client_id').limit(1);
    const clientId = (await next.executeTakeFirst())?.client_id;
    if (clientId === undefined) return others;
    last = clientId;
    if (known.includes(clientId)) continue;
    const counted = inUse.select(({ fn }) => fn.countAll().as('count')).where('client_id', '=', clientId);
    const { count } = await counted.executeTakeFirstOrThrow();
    // PostgreSQL's driver sends counts as text.
    others.push({ clientId, connections: Number(count) });
  }
}
