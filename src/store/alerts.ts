import { randomUUID } from 'node:crypto';
import type { AlertRow, BreakageRow, BreakageState, ConnectionRow } from './schema';
import type { Store } from './store';

/** Connections that may be broken: refused for good, or in trouble without a living access token. */
export async function inTrouble(store: Store, now: string): Promise<ConnectionRow[]> {
  return store.db
    .selectFrom('connections')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('status', '=', 'needs_reconnect'),
        eb.and([
          eb('status', '=', 'active'),
          eb('error_code', 'is not', null),
          eb.or([eb('access_token_expires_at', 'is', null), eb('access_token_expires_at', '<=', now)]),
        ]),
      ]),
    )
    .orderBy('name')
    .execute();
}

/** When the first refresh failed that no good one has followed; null when none has. */
export async function failingSince(store: Store, connection: ConnectionRow): Promise<string | null> {
  const row = await store.db
    .selectFrom('refreshes')
    .select('started_at')
    .where('connection_id', '=', connection.id)
    .where('started_at', '>', connection.checked_at ?? '')
    .where('result', 'not in', ['ok', 'pending'])
    .orderBy('started_at')
    .limit(1)
    .executeTakeFirst();
  return row?.started_at ?? null;
}

export async function listBreakages(store: Store): Promise<BreakageRow[]> {
  return store.db.selectFrom('breakages').selectAll().orderBy('since').execute();
}

/** Notes that a connection is broken, or worse off than was noted. Of any number of instances exactly one gets true. */
export async function beginBreakage(store: Store, breakage: BreakageRow): Promise<boolean> {
  const begun = await store.db
    .insertInto('breakages')
    .values(breakage)
    .onConflict((conflict) => conflict.column('connection_id').doNothing())
    .executeTakeFirst();
  if (begun.numInsertedOrUpdatedRows === 1n) return true;
  if (breakage.state !== 'needs_reconnect') return false;
  const { numUpdatedRows } = await store.db
    .updateTable('breakages')
    .set({ state: breakage.state, error_code: breakage.error_code })
    .where('connection_id', '=', breakage.connection_id)
    .where('state', '=', 'failing')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function endBreakage(store: Store, connectionId: string): Promise<boolean> {
  const { numDeletedRows } = await store.db
    .deleteFrom('breakages')
    .where('connection_id', '=', connectionId)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

export interface NewAlert {
  readonly type: AlertRow['type'];
  readonly connection: Pick<ConnectionRow, 'name' | 'data_center'> | null;
  readonly state: BreakageState | null;
  readonly errorCode: string | null;
  readonly words?: { readonly sentence: string; readonly next: string } | null;
}

/** Writes an alert down, and its deliveries to these webhooks. Returns its id. Belongs in a transaction. */
export async function addAlert(
  store: Store,
  alert: NewAlert,
  webhookIds: readonly string[],
  now: string,
): Promise<string> {
  const { type, connection, state, errorCode, words } = alert;
  const id = `msg_${randomUUID()}`;
  await store.db
    .insertInto('alerts')
    .values({
      id,
      at: now,
      type,
      connection_name: connection?.name ?? null,
      data_center: connection?.data_center ?? null,
      state,
      error_code: errorCode,
      sentence: words?.sentence ?? null,
      next: words?.next ?? null,
    })
    .execute();
  for (const webhookId of webhookIds) {
    await store.db
      .insertInto('deliveries')
      .values({
        id: randomUUID(),
        alert_id: id,
        webhook_id: webhookId,
        status: 'pending',
        attempts: 0,
        due_at: now,
        tried_at: null,
        answer_status: null,
        reason: null,
      })
      .execute();
  }
  return id;
}

export async function recentAlerts(store: Store, limit: number): Promise<AlertRow[]> {
  return store.db.selectFrom('alerts').selectAll().orderBy('at', 'desc').orderBy('id').limit(limit).execute();
}

export async function forgetAlertsBefore(store: Store, time: string): Promise<void> {
  const old = store.db.selectFrom('alerts').select('id').where('at', '<', time);
  await store.db.deleteFrom('deliveries').where('alert_id', 'in', old).execute();
  await store.db.deleteFrom('alerts').where('at', '<', time).execute();
}
