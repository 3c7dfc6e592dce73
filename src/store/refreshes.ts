import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { chunksOf } from './chunks';
import { forgetRows } from './forget';
import type { RequestedBy, ConnectionRow, RefreshRow } from './schema';
import type { Store } from './store';

/** Writes a refresh down before Zoho is called, so that a crash cannot hide it from the budget. Returns its id. */
export async function beginRefresh(
  store: Store,
  seen: ConnectionRow,
  requestedBy: RequestedBy,
  now: string,
): Promise<string> {
  const id = randomUUID();
  await store.db
    .insertInto('refreshes')
    .values({
      id,
      connection_id: seen.id,
      refresh_token_id: seen.refresh_token_id,
      started_at: now,
      requested_by: requestedBy,
      result: 'pending',
      took_ms: null,
    })
    .execute();
  return id;
}

/** `result` is `ok` or a code of zoho/messages. */
export async function endRefresh(store: Store, id: string, result: string, tookMs: number): Promise<void> {
  await store.db.updateTable('refreshes').set({ result, took_ms: tookMs }).where('id', '=', id).execute();
}

/** Of a connection whose holder is gone: whether Zoho gave out a token is not known. Returns how many there were. */
export async function interruptRefreshes(store: Store, connectionId: string): Promise<number> {
  const { numUpdatedRows } = await store.db
    .updateTable('refreshes')
    .set({ result: 'interrupted' })
    .where('connection_id', '=', connectionId)
    .where('result', '=', 'pending')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export type CountedRefresh = Pick<RefreshRow, 'started_at' | 'result'>;

export async function refreshesOf(
  store: Store,
  refreshTokenIds: readonly string[],
  time: string,
): Promise<Map<string, CountedRefresh[]>> {
  const found = new Map(refreshTokenIds.map((id): [string, CountedRefresh[]] => [id, []]));
  for (const chunk of chunksOf(refreshTokenIds)) {
    const rows = await store.db
      .selectFrom('refreshes')
      .select(['refresh_token_id', 'started_at', 'result'])
      .where('refresh_token_id', 'in', chunk)
      .where('started_at', '>', time)
      .orderBy('started_at')
      .execute();
    for (const { refresh_token_id: refreshTokenId, ...refresh } of rows) found.get(refreshTokenId)?.push(refresh);
  }
  return found;
}

export interface HourOfRefreshes {
  readonly connection_id: string;
  /** The beginning of an ISO time, down to the hour. */
  readonly hour: string;
  readonly ok: number;
  readonly failed: number;
}

/** What came of the refreshes of these connections since then, hour by hour; hours without any are left out. */
export async function refreshesByHour(
  { db }: Store,
  connectionIds: readonly string[],
  since: string,
): Promise<HourOfRefreshes[]> {
  if (connectionIds.length === 0) return [];
  const rows = await db
    .selectFrom('refreshes')
    .select(({ fn, ref }) => [
      'connection_id',
      sql<string>`substr(${ref('started_at')}, 1, 13)`.as('hour'),
      fn.count<number | string>(sql`case ${ref('result')} when 'ok' then 1 end`).as('ok'),
      fn.count<number | string>(sql`case when ${ref('result')} not in ('ok', 'pending') then 1 end`).as('failed'),
    ])
    .where('connection_id', 'in', connectionIds)
    .where('started_at', '>=', since)
    .groupBy(['connection_id', sql`2`])
    .execute();
  // PostgreSQL's driver sends counts as text.
  return rows.map((row) => ({ ...row, ok: Number(row.ok), failed: Number(row.failed) }));
}

export interface RefreshCount {
  readonly result: string;
  readonly requested_by: RequestedBy;
  readonly count: number;
}

/** Of those that began in a stretch of time, its end excluded. */
export async function countRefreshes(store: Store, from: string, until: string): Promise<RefreshCount[]> {
  const rows = await store.db
    .selectFrom('refreshes')
    .select(['result', 'requested_by', ({ fn }) => fn.countAll().as('count')])
    .where('started_at', '>=', from)
    .where('started_at', '<', until)
    .groupBy(['result', 'requested_by'])
    .orderBy('result')
    .orderBy('requested_by')
    .execute();
  // PostgreSQL's driver sends counts as text.
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

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

export interface DayOfRefreshes {
  /** As ISO writes it, UTC. */
  readonly day: string;
  readonly ok: number;
  readonly failed: number;
}

/** How a connection's refreshes ended, day by day from `since` on; days without any are left out. */
export async function refreshesByDay(store: Store, connectionId: string, since: string): Promise<DayOfRefreshes[]> {
  const day = sql<string>`substr(started_at, 1, 10)`;
  const rows = await store.db
    .selectFrom('refreshes')
    .select(({ fn }) => [
      day.as('day'),
      fn.countAll().as('all'),
      fn.sum(sql`case when result = 'ok' then 1 else 0 end`).as('ok'),
      fn.sum(sql`case when result in ('pending', 'interrupted') then 1 else 0 end`).as('pending'),
    ])
    .where('connection_id', '=', connectionId)
    .where('started_at', '>=', since)
    .groupBy(day)
    .execute();
  return rows.map((row) => {
    const ok = Number(row.ok);
    return { day: row.day, ok, failed: Number(row.all) - ok - Number(row.pending) };
  });
}

/** Of the refresh token that was used most since a time. */
export async function mostRefreshes({ db }: Store, since: string): Promise<number> {
  const row = await db
    .selectFrom('refreshes')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('started_at', '>', since)
    .groupBy('refresh_token_id')
    .orderBy('count', 'desc')
    .limit(1)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

export async function oldestRefresh(store: Store): Promise<string | null> {
  const row = await store.db
    .selectFrom('refreshes')
    .select('started_at')
    .orderBy('started_at')
    .limit(1)
    .executeTakeFirst();
  return row?.started_at ?? null;
}

export async function forgetRefreshesBefore(store: Store, time: string): Promise<void> {
  await forgetRows(store, 'refreshes', { key: ['id'], which: sql`started_at < ${time} order by started_at` });
}
