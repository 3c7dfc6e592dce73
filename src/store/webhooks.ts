import { randomUUID } from 'node:crypto';
import type { AlertRow, DeliveryRow, WebhookRow } from './schema';
import type { Store } from './store';

const column = 'webhooks.secret';

/** Adds a webhook and returns its id. Null when there is one with this address already. */
export async function addWebhook(store: Store, url: string, secret: string, now: string): Promise<string | null> {
  const id = randomUUID();
  const { numInsertedOrUpdatedRows } = await store.db
    .insertInto('webhooks')
    .values({ id, url, secret_sealed: store.cipher.seal(secret, { column, row: id }), created_at: now })
    .onConflict((conflict) => conflict.column('url').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n ? id : null;
}

export async function listWebhooks(store: Store): Promise<WebhookRow[]> {
  return store.db.selectFrom('webhooks').selectAll().orderBy('created_at').orderBy('id').execute();
}

export async function findWebhook(store: Store, id: string): Promise<WebhookRow | undefined> {
  return store.db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Forgets a webhook and all that is on its way to it. False when there was none. */
export async function removeWebhook(store: Store, id: string): Promise<boolean> {
  const { numDeletedRows } = await store.db.deleteFrom('webhooks').where('id', '=', id).executeTakeFirst();
  await store.db.deleteFrom('deliveries').where('webhook_id', '=', id).execute();
  return numDeletedRows === 1n;
}

export function openWebhookSecret(store: Store, row: WebhookRow): string {
  return store.cipher.open(row.secret_sealed, { column, row: row.id });
}

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

export async function findDelivery(store: Store, alertId: string, webhookId: string): Promise<DeliveryRow | undefined> {
  return store.db
    .selectFrom('deliveries')
    .selectAll()
    .where('alert_id', '=', alertId)
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
}

/** Sets when the next attempt is due, so that a crash costs one attempt. False when another instance was first. */
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
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function noteDelivery(
  store: Store,
  id: string,
  result: Pick<DeliveryRow, 'status' | 'answer_status' | 'reason'>,
): Promise<void> {
  await store.db.updateTable('deliveries').set(result).where('id', '=', id).execute();
}

export async function deliveriesOf(store: Store, alerts: readonly AlertRow[]): Promise<DeliveryRow[]> {
  if (alerts.length === 0) return [];
  const ids = alerts.map((alert) => alert.id);
  return store.db.selectFrom('deliveries').selectAll().where('alert_id', 'in', ids).orderBy('id').execute();
}

export async function findAlert(store: Store, id: string): Promise<AlertRow | undefined> {
  return store.db.selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst();
}
