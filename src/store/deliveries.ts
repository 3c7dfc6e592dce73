import type { AlertRow, DeliveryRow } from './schema';
import type { Store } from './store';

export async function dueDeliveries(store: Store, now: string): Promise<DeliveryRow[]> {
  return store.db
    .selectFrom('deliveries')
    .selectAll()
    .where('status', '=', 'pending')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(100)
    .execute();
}

export async function findDelivery(store: Store, alertId: string, targetId: string): Promise<DeliveryRow | undefined> {
  return store.db
    .selectFrom('deliveries')
    .selectAll()
    .where('alert_id', '=', alertId)
    .where('target_id', '=', targetId)
    .executeTakeFirst();
}

/** Sets when it is due after a crash, which costs one attempt. False when it was put off, or another instance was first. */
export async function claimDelivery(
  store: Store,
  row: DeliveryRow,
  times: { now: string; nextDue: string },
): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('deliveries')
    .set({ attempts: row.attempts + 1, tried_at: times.now, due_at: times.nextDue })
    .where('id', '=', row.id)
    .where('status', '=', 'pending')
    .where('attempts', '=', row.attempts)
    .where('due_at', '=', row.due_at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function noteDelivery(
  store: Store,
  id: string,
  result: Pick<DeliveryRow, 'status' | 'answer_status' | 'reason'> & Partial<Pick<DeliveryRow, 'due_at'>>,
): Promise<void> {
  await store.db.updateTable('deliveries').set(result).where('id', '=', id).execute();
}

/** Nothing is sent to this target before the given time: it asked for that. */
export async function putOffDeliveries(store: Store, targetId: string, time: string): Promise<void> {
  await store.db
    .updateTable('deliveries')
    .set({ due_at: time })
    .where('target_id', '=', targetId)
    .where('status', '=', 'pending')
    .where('due_at', '<', time)
    .execute();
}

export async function deliveriesOf(store: Store, alerts: readonly AlertRow[]): Promise<DeliveryRow[]> {
  if (alerts.length === 0) return [];
  const ids = alerts.map((alert) => alert.id);
  return store.db.selectFrom('deliveries').selectAll().where('alert_id', 'in', ids).orderBy('id').execute();
}

export async function findAlert(store: Store, id: string): Promise<AlertRow | undefined> {
  return store.db.selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst();
}
