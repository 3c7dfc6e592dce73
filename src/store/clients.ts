import type { DataCenterCode } from '../zoho/data-centers';
import { openOrNull } from './encryption/cipher';
import type { Store } from './store';

export interface StoredClient {
  readonly clientId: string;
  readonly secret: string;
  readonly dataCenter: DataCenterCode;
}

const column = 'clients.secret';

/** A new one is not made the default. */
export async function saveClient(store: Store, client: StoredClient, now: string): Promise<void> {
  const row = {
    data_center: client.dataCenter,
    secret_sealed: store.cipher.seal(client.secret, { column, row: client.clientId }),
    saved_at: now,
  };
  await store.db
    .insertInto('clients')
    .values({ client_id: client.clientId, default_since: '', ...row })
    .onConflict((conflict) => conflict.column('client_id').doUpdateSet(row))
    .execute();
}

/** False when there is none of that id. */
export async function makeDefaultClient(store: Store, clientId: string, now: string): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('clients')
    .set({ default_since: now })
    .where('client_id', '=', clientId)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Throws DamagedSecret. */
export async function findClient(store: Store, clientId: string): Promise<StoredClient | null> {
  const row = await store.db.selectFrom('clients').selectAll().where('client_id', '=', clientId).executeTakeFirst();
  return row ? opened(store, row) : null;
}

/** The one made the default last; without any, the one saved last. Throws DamagedSecret. */
export async function findDefaultClient(store: Store): Promise<StoredClient | null> {
  const [row] = await inOrder(store).limit(1).execute();
  return row ? opened(store, row) : null;
}

/** The default one first. A damaged secret is null. */
export async function listClients(
  store: Store,
): Promise<{ clientId: string; dataCenter: DataCenterCode; secret: string | null }[]> {
  const rows = await inOrder(store).execute();
  return rows.map((row) => ({
    clientId: row.client_id,
    dataCenter: row.data_center,
    secret: openOrNull(() => opened(store, row).secret),
  }));
}

export async function removeClient(store: Store, clientId: string): Promise<boolean> {
  await store.db.deleteFrom('client_secrets').where('client_id', '=', clientId).execute();
  const { numDeletedRows } = await store.db.deleteFrom('clients').where('client_id', '=', clientId).executeTakeFirst();
  return numDeletedRows === 1n;
}

function inOrder({ db }: Store) {
  return db
    .selectFrom('clients')
    .selectAll()
    .orderBy('default_since', 'desc')
    .orderBy('saved_at', 'desc')
    .orderBy('client_id');
}

type Row = Awaited<ReturnType<ReturnType<typeof inOrder>['execute']>>[number];

function opened(store: Store, row: Row): StoredClient {
  const secret = store.cipher.open(row.secret_sealed, { column, row: row.client_id });
  return { clientId: row.client_id, secret, dataCenter: row.data_center };
}
