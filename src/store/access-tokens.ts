import type { ConnectionRow } from './schema';
import type { Store } from './store';

/** Lets every stored access token count as ended, so that the next one who asks gets a new one. */
export async function endAccessTokens(store: Store, now: string): Promise<void> {
  await store.db
    .updateTable('connections')
    .set({ access_token_expires_at: now, renew_by: now })
    .where('access_token_expires_at', '>', now)
    .execute();
}

export async function markGivenOut(store: Store, row: ConnectionRow): Promise<void> {
  const until = row.access_token_expires_at;
  await store.db
    .updateTable('connections')
    .set({ given_out_until: until })
    .where('id', '=', row.id)
    .where('refresh_token_id', '=', row.refresh_token_id)
    .where(({ or, eb }) => or([eb('given_out_until', 'is', null), eb('given_out_until', '<', until)]))
    .execute();
}

export async function markUsed(store: Store, id: string, now: string): Promise<void> {
  await store.db.updateTable('connections').set({ used_at: now }).where('id', '=', id).execute();
}
