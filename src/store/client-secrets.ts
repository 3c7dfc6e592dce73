import type { DataCenterCode } from '../zoho/data-centers';
import { openOrNull } from './encryption/cipher';
import type { Store } from './store';

export interface SecretName {
  readonly clientId: string;
  readonly dataCenter: DataCenterCode;
}

const column = 'client_secrets.secret';

export async function saveClientSecret(store: Store, name: SecretName, secret: string, now: string): Promise<void> {
  const id = idOf(name);
  const row = { secret_sealed: store.cipher.seal(secret, { column, row: id }), saved_at: now };
  await store.db
    .insertInto('client_secrets')
    .values({ id, client_id: name.clientId, data_center: name.dataCenter, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export async function findClientSecret(store: Store, name: SecretName): Promise<string | null> {
  const id = idOf(name);
  const row = await store.db
    .selectFrom('client_secrets')
    .select('secret_sealed')
    .where('id', '=', id)
    .executeTakeFirst();
  return row ? store.cipher.open(row.secret_sealed, { column, row: id }) : null;
}

/** Data centres where the client has a secret of its own, since when, and whether it cannot be decrypted. */
export async function listClientSecrets(
  store: Store,
  clientId: string,
): Promise<{ dataCenter: DataCenterCode; savedAt: string; isDamaged: boolean }[]> {
  const rows = await store.db
    .selectFrom('client_secrets')
    .selectAll()
    .where('client_id', '=', clientId)
    .orderBy('id')
    .execute();
  return rows.map(({ id, data_center, saved_at, secret_sealed }) => ({
    dataCenter: data_center,
    savedAt: saved_at,
    isDamaged: openOrNull(() => store.cipher.open(secret_sealed, { column, row: id })) === null,
  }));
}

export async function removeClientSecret(store: Store, name: SecretName): Promise<boolean> {
  const { numDeletedRows } = await store.db
    .deleteFrom('client_secrets')
    .where('id', '=', idOf(name))
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

// The cipher binds a secret to its row's id. With both in it, a secret cannot be moved to where it would be sent elsewhere.
function idOf({ clientId, dataCenter }: SecretName): string {
  return `${dataCenter}/${clientId}`;
}
