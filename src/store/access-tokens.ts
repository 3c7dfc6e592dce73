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

/** False when the refresh token that it came from is not the stored one any more. */
export async function markGivenOut({ db }: Store, row: ConnectionRow): Promise<boolean> {
  const until = row.access_token_expires_at;
  const { numUpdatedRows } = await db
    .updateTable('connections')
    .set({ given_out_until: until })
    .where('id', '=', row.id)
    .where('refresh_token_id', '=', row.refresh_token_id)
    .where(({ or, eb }) => or([eb('given_out_until', 'is', null), eb('given_out_until', '<', until)]))
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return true;
  const stored = db.selectFrom('connections').select('id').where('id', '=', row.id);
  return (await stored.where('refresh_token_id', '=', row.refresh_token_id).executeTakeFirst()) !== undefined;
}

export async function markUsed(store: Store, id: string, now: string): Promise<void> {
  await store.db.updateTable('connections').set({ used_at: now }).where('id', '=', id).execute();
}
