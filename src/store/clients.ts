import type { DataCenterCode } from '../zoho/data-centers';
import type { Store } from './store';

export interface StoredClient {
  readonly clientId: string;
  readonly secret: string;
  readonly dataCenter: DataCenterCode;
}

const column = 'clients.secret';

export async function saveClient(store: Store, client: StoredClient, now: string): Promise<void> {
  const row = {
    data_center: client.dataCenter,
    secret_sealed: store.cipher.seal(client.secret, { column, row: client.clientId }),
    saved_at: now,
  };
  await store.db
    .insertInto('clients')
    .values({ client_id: client.clientId, ...row })
    .onConflict((conflict) => conflict.column('client_id').doUpdateSet(row))
    .execute();
}

/** The client with this id, or the one saved last when no id is given. */
export async function findClient(store: Store, clientId?: string): Promise<StoredClient | null> {
  const row = await store.db
    .selectFrom('clients')
    .selectAll()
    .$if(clientId !== undefined, (query) => query.where('client_id', '=', clientId ?? ''))
    .orderBy('saved_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  const secret = store.cipher.open(row.secret_sealed, { column, row: row.client_id });
  return { clientId: row.client_id, secret, dataCenter: row.data_center };
}
