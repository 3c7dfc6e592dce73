import { randomUUID } from 'node:crypto';
import type { RevocationRow } from './schema';
import type { DataCenterCode } from '../zoho/data-centers';
import type { Store } from './store';

const column = 'revocations.token';

export interface NewRevocation {
  readonly connectionName: string;
  readonly clientId: string;
  readonly dataCenter: DataCenterCode;
  readonly token: string;
  readonly zuid?: string | null;
  readonly madeAt?: string | null;
  readonly due?: string | null;
}

/** Belongs in the transaction that takes the token out of use. Returns its id. */
export async function addRevocation(store: Store, revocation: NewRevocation, now: string): Promise<string> {
  const id = randomUUID();
  await store.db
    .insertInto('revocations')
    .values({
      id,
      connection_name: revocation.connectionName,
      client_id: revocation.clientId,
      data_center: revocation.dataCenter,
      zuid: revocation.zuid ?? null,
      made_at: revocation.madeAt ?? null,
      token_sealed: store.cipher.seal(revocation.token, { column, row: id }),
      attempts: 0,
      retry_at: revocation.due !== undefined && revocation.due !== null && revocation.due > now ? revocation.due : now,
      created_at: now,
    })
    .execute();
  return id;
}

export async function dueRevocations(store: Store, now: string): Promise<RevocationRow[]> {
  return store.db
    .selectFrom('revocations')
    .selectAll()
    .where('retry_at', '<=', now)
    .orderBy('created_at')
    .limit(100)
    .execute();
}

/** Lets all that is to be revoked for a connection be due. Returns the ids of what has not been tried yet. */
export async function hastenRevocations(store: Store, connectionName: string, now: string): Promise<string[]> {
  const ofConnection = store.db.updateTable('revocations').where('connection_name', '=', connectionName);
  await ofConnection.set({ retry_at: now }).where('retry_at', '>', now).execute();
  const rows = await store.db
    .selectFrom('revocations')
    .select('id')
    .where('connection_name', '=', connectionName)
    .where('attempts', '=', 0)
    .execute();
  return rows.map((row) => row.id);
}

export async function findRevocation(store: Store, id: string): Promise<RevocationRow | undefined> {
  return store.db.selectFrom('revocations').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Claims the next attempt and sets when the one after it is due. False when another instance was first. */
export async function claimRevocation(store: Store, row: RevocationRow, retryAt: string): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('revocations')
    .set({ attempts: row.attempts + 1, retry_at: retryAt })
    .where('id', '=', row.id)
    .where('attempts', '=', row.attempts)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function removeRevocation(store: Store, id: string): Promise<void> {
  await store.db.deleteFrom('revocations').where('id', '=', id).execute();
}

export function openRevocationToken(store: Store, row: RevocationRow): string {
  return store.cipher.open(row.token_sealed, { column, row: row.id });
}
