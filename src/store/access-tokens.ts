import type { Store } from './store';

/** Lets every stored access token count as ended, so that the next one who asks gets a new one. */
export async function endAccessTokens(store: Store, now: string): Promise<void> {
  await store.db
    .updateTable('connections')
    .set({ access_token_expires_at: now, renew_by: now })
    .where('access_token_expires_at', '>', now)
    .execute();
}
