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

export type CountedRefresh = Pick<RefreshRow, 'started_at' | 'result'>;

/** The refreshes of each of these refresh tokens after `time`, oldest first. */
export async function refreshesOf(
  store: Store,
  grantIds: readonly string[],
  time: string,
): Promise<Map<string, CountedRefresh[]>> {
  const found = new Map(grantIds.map((id): [string, CountedRefresh[]] => [id, []]));
  if (grantIds.length === 0) return found;
  const rows = await store.db
    .selectFrom('refreshes')
    .select(['grant_id', 'started_at', 'result'])
    .where('grant_id', 'in', grantIds)
    .where('started_at', '>', time)
    .orderBy('started_at')
    .execute();
  for (const { grant_id: grantId, ...refresh } of rows) found.get(grantId)?.push(refresh);
  return found;
}

export interface RefreshCount {
  readonly result: string;
  readonly asked_by: Asker;
  readonly count: number;
}

/** How many refreshes of each kind the ledger holds. */
export async function countRefreshes(store: Store): Promise<RefreshCount[]> {
  const rows = await store.db
    .selectFrom('refreshes')
    .select(['result', 'asked_by', ({ fn }) => fn.countAll().as('count')])
    .groupBy(['result', 'asked_by'])
    .orderBy('result')
    .orderBy('asked_by')
    .execute();
  // PostgreSQL's driver sends counts as text.
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
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
