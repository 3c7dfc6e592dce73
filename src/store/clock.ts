import { iso, addSeconds } from '../lib/time';
import { inTransaction, type Store } from './store';

/** Clocks of several computers may differ by so much without being wrong, in seconds. */
const tolerance = 60;
/** No pause before asking Zoho again is longer, in seconds. */
const longestPause = 3600;
/** No attempt to deliver an alert waits longer for the next one, and no session is kept longer without use, in seconds. */
const longestDelivery = 6 * 3600;
const longestSession = 12 * 3600;

/** Takes back what a clock ahead has written: leases and pauses would last until then, ended tokens pass for valid. */
export function correctFuture(opened: Store, now: Date): Promise<void> {
  return inTransaction(opened, async (store) => {
    const { db } = store;
    const time = iso(now);
    const soon = iso(addSeconds(now, tolerance));
    const late = iso(addSeconds(now, tolerance + longestPause));
    const connections = db.updateTable('connections');
    // When these tokens really came is not known, so they count as ended.
    const ended = { refreshed_at: time, access_token_expires_at: time, renew_by: time };
    await connections.set(ended).where('refreshed_at', '>', soon).execute();
    await connections.set({ lease_owner: null, lease_until: null }).where('lease_until', '>', soon).execute();
    await connections.set({ claimed_until: null }).where('claimed_until', '>', soon).execute();
    await connections.set({ throttled_until: null }).where('throttled_until', '>', late).execute();
    await connections.set({ retry_at: null }).where('retry_at', '>', late).execute();
    await connections.set({ refused_at: time }).where('refused_at', '>', soon).execute();
    await connections.set({ checked_at: null }).where('checked_at', '>', soon).execute();
    await connections.set({ given_out_until: late }).where('given_out_until', '>', late).execute();
    await connections.set({ used_at: time }).where('used_at', '>', soon).execute();
    await db.updateTable('revocations').set({ retry_at: time }).where('retry_at', '>', late).execute();
    await db.updateTable('flows').set({ updated_at: time }).where('updated_at', '>', soon).execute();
    await db.updateTable('flows').set({ created_at: time }).where('created_at', '>', soon).execute();
    await db.updateTable('flows').set({ poll_at: time }).where('poll_at', '>', late).execute();
    const undelivered = iso(addSeconds(now, tolerance + longestDelivery));
    await db.updateTable('deliveries').set({ due_at: time }).where('due_at', '>', undelivered).execute();
    const kept = iso(addSeconds(now, tolerance + longestSession));
    await db.deleteFrom('sessions').where('expires_at', '>', kept).execute();
    await db.deleteFrom('failed_sign_ins').where('updated_at', '>', soon).execute();
    await moveRefreshes(store, now, soon);
  });
}

/** The newest counts as made just now and the others as long before it as they were, so that the budget holds. */
async function moveRefreshes({ db }: Store, now: Date, soon: string): Promise<void> {
  const rows = await db
    .selectFrom('refreshes')
    .select(['id', 'started_at'])
    .where('started_at', '>', soon)
    .orderBy('started_at', 'desc')
    .execute();
  const ahead = rows[0] ? Date.parse(rows[0].started_at) - now.getTime() : 0;
  for (const { id, started_at: startedAt } of rows) {
    const moved = iso(addSeconds(new Date(startedAt), -ahead / 1000));
    await db.updateTable('refreshes').set({ started_at: moved }).where('id', '=', id).execute();
  }
}
