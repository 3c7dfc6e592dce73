import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { workOff } from '../lib/concurrency';
import { addSeconds, iso } from '../lib/time';
import { addAlert } from '../store/alerts';
import { openOrNull } from '../store/encryption/cipher';
import type { AlertRow, DeliveryRow, WebhookRow } from '../store/schema';
import {
  claimDelivery,
  dueDeliveries,
  findAlert,
  findDelivery,
  findWebhook,
  noteDelivery,
  openWebhookSecret,
} from '../store/webhooks';
import { messageOf } from './message';
import { post } from './post';
import { getWebhook } from './webhooks';

/** Seconds from a failed attempt to the next one. */
const pauses: readonly number[] = [10, 60, 600, 3600, 21_600];
/** Seconds after which an attempt that was not noted as ended was cut off by a crash. */
const attemptSeconds = 60;
const width = 4;

export type Deliveries = ReturnType<typeof createDeliveries>;

export function createDeliveries(context: Context) {
  let stopped = false;
  return { deliver, stop };

  async function deliver(): Promise<void> {
    const queue = await dueDeliveries(context.store, iso(context.now()));
    await workOff(
      queue,
      width,
      (delivery) => attempt(context, delivery),
      () => stopped,
    );
  }

  function stop(): void {
    stopped = true;
  }
}

/** Sends a test at once, and only once. Throws a Problem when there is no such webhook. */
export async function sendTest(context: Context, id: string, actor: Actor): Promise<DeliveryRow | undefined> {
  const { store, now } = context;
  const { url } = await getWebhook(context, id);
  const alertId = await inTransaction(context, async (transaction) => {
    await record(transaction, actor, { action: 'webhook_tested', subject: null, detail: new URL(url).origin });
    const alert = { type: 'test', connection: null, state: null, errorCode: null } as const;
    return addAlert(transaction.store, alert, [id], iso(now()));
  });
  const delivery = await findDelivery(store, alertId, id);
  if (delivery) await attempt(context, delivery);
  return findDelivery(store, alertId, id);
}

async function attempt(context: Context, delivery: DeliveryRow): Promise<void> {
  const { store, now, log } = context;
  const [webhook, alert] = [await findWebhook(store, delivery.webhook_id), await findAlert(store, delivery.alert_id)];
  if (!webhook || !alert) return giveUp(context, delivery, 'the webhook was removed');
  const { attempts } = delivery;
  const limit = alert.type === 'test' ? 1 : pauses.length + 1;
  if (attempts >= limit) return giveUp(context, delivery, 'interrupted');
  const nextDue = iso(addSeconds(now(), pauses[attempts] ?? attemptSeconds));
  if (!(await claimDelivery(store, delivery, { now: iso(now()), nextDue }))) return;
  const { status, reason } = await send(context, webhook, alert);
  const isLast = attempts + 1 >= limit;
  const outcome = reason === null ? 'delivered' : isLast ? 'failed' : 'pending';
  await noteDelivery(store, delivery.id, { status: outcome, answer_status: status, reason });
  if (outcome === 'failed') log.warn({ host: new URL(webhook.url).host, reason }, 'an alert could not be delivered');
}

async function send(
  { store, config, outbound, now }: Context,
  webhook: WebhookRow,
  alert: AlertRow,
): Promise<{ status: number | null; reason: string | null }> {
  const secret = openOrNull(() => openWebhookSecret(store, webhook));
  if (secret === null) return { status: null, reason: 'its secret cannot be decrypted: add it anew' };
  return post(outbound, webhook.url, messageOf(alert, config.baseUrl, secret, now()));
}

async function giveUp({ store }: Context, delivery: DeliveryRow, reason: string): Promise<void> {
  await noteDelivery(store, delivery.id, { status: 'failed', answer_status: delivery.answer_status, reason });
}
