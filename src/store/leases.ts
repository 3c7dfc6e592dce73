import type { ConnectionRow } from './schema';
import type { Store } from './store';
import { type AccessToken, accessColumns, noFailure, sealRefreshToken } from './connections';

/** A claim on refreshing one connection: only its holder may save, and only until somebody else changed the row. */
export interface Lease {
  readonly connectionId: string;
  readonly owner: string;
  readonly seq: number;
}

/** Claims the refresh of a connection as it was read. Null when it changed meanwhile or somebody else holds it. */
export async function claimRefresh(
  store: Store,
  seen: ConnectionRow,
  owner: string,
  times: { now: string; until: string },
): Promise<Lease | null> {
  const seq = seen.seq + 1;
  const { numUpdatedRows } = await store.db
    .updateTable('connections')
    .set({ lease_owner: owner, lease_until: times.until, seq })
    .where('id', '=', seen.id)
    .where('seq', '=', seen.seq)
    .where(({ or, eb }) => or([eb('lease_until', 'is', null), eb('lease_until', '<=', times.now)]))
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { connectionId: seen.id, owner, seq } : null;
}

/** What a refresh brought. Empty text or null never gets into the refresh token: it is left out unless Zoho sent a new one. */
export interface RefreshedTokens {
  readonly access: AccessToken;
  readonly newRefreshToken: string | null;
}

/** Saves a good refresh and gives the lease back. Null when the claim was lost: drop the result and read again. */
export function saveRefresh(store: Store, lease: Lease, tokens: RefreshedTokens): Promise<ConnectionRow | null> {
  return release(store, lease, {
    ...accessColumns(store, lease.connectionId, tokens.access),
    ...noFailure,
    ...(tokens.newRefreshToken !== null && sealRefreshToken(store, lease.connectionId, tokens.newRefreshToken)),
    status: 'active',
    checked_at: tokens.access.receivedAt,
  });
}

export type Failure = Pick<ConnectionRow, 'error_code' | 'failed_at' | 'failures'> &
  Partial<Pick<ConnectionRow, 'status' | 'refused_at' | 'retry_at' | 'throttled_until'>>;

/** Notes a failed refresh and gives the lease back; tokens stay as they are. False when the claim was lost. */
export async function saveFailure(store: Store, lease: Lease, failure: Failure): Promise<boolean> {
  return (await release(store, lease, failure)) !== null;
}

async function release(store: Store, lease: Lease, change: Partial<ConnectionRow>): Promise<ConnectionRow | null> {
  const row = await store.db
    .updateTable('connections')
    .set({ ...change, lease_owner: null, lease_until: null, claimed_until: null, seq: lease.seq + 1 })
    .where('id', '=', lease.connectionId)
    .where('lease_owner', '=', lease.owner)
    .where('seq', '=', lease.seq)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}
