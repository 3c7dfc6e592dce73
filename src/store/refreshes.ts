import { randomUUID } from 'node:crypto';
import type { Asker, ConnectionRow, RefreshRow } from './schema';
import type { Store } from './store';

/** Writes a refresh down before Zoho is called, so that a crash cannot hide it from the budget. Returns its id. */
export async function beginRefresh(store: Store, seen: ConnectionRow, askedBy: Asker, now: string): Promise<string> {
  const id = randomUUID();
  await store.db
    .insertInto('refreshes')
    .values({
      id,
      connection_id: seen.id,
      grant_id: seen.grant_id,
      started_at: now,
      asked_by: askedBy,
      result: 'pending',
      took_ms: null,
    })
    .execute();
  return id;
}

/** `result` is `ok` or a code of zoho/meanings. */
export async function endRefresh(store: Store, id: string, result: string, tookMs: number): Promise<void> {
  await store.db.updateTable('refreshes').set({ result, took_ms: tookMs }).where('id', '=', id).execute();
}

/** Start times of the refreshes of one refresh token after `time`, oldest first. */
export async function refreshTimesSince(store: Store, grantId: string, time: string): Promise<string[]> {
  const rows = await store.db
    .selectFrom('refreshes')
    .select('started_at')
    .where('grant_id', '=', grantId)
    .where('started_at', '>', time)
    .orderBy('started_at')
    .execute();
  return rows.map((row) => row.started_at);
}

/** The latest refreshes of a connection, newest first. */
export async function recentRefreshes(store: Store, connectionId: string, limit: number): Promise<RefreshRow[]> {
  return store.db
    .selectFrom('refreshes')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function forgetRefreshesBefore(store: Store, time: string): Promise<void> {
  await store.db.deleteFrom('refreshes').where('started_at', '<', time).execute();
}
