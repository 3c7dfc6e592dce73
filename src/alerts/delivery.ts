import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { workOff } from '../lib/concurrency';
import { addSeconds, iso } from '../lib/time';
import { addAlert } from '../store/alerts';
import {
  claimDelivery,
  dueDeliveries,
  findAlert,
  findDelivery,
  noteDelivery,
  putOffDeliveries,
} from '../store/deliveries';
import { openOrNull } from '../store/encryption/cipher';
import type { AlertRow, DeliveryRow, TargetRow } from '../store/schema';
import { findTarget, openAddress, openSecret } from '../store/targets';
import { kinds } from './kinds';
import { sendMail } from './mail';
import { noticeOf } from './notice';
import { type Attempted, post } from './post';
import { emailMessage } from './shapes';
import { describeTarget, getTarget } from './targets';
import { jsonMessage, webhookMessage } from './webhook-message';

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

/** Sends a test at once, and only once. Throws a Problem when there is no such target. */
export async function sendTest(context: Context, id: string, actor: Actor): Promise<DeliveryRow | undefined> {
  const { store, now } = context;
  const target = await getTarget(context, id);
  const alertId = await inTransaction(context, async (transaction) => {
    const detail = describeTarget(transaction, target);
    await record(transaction, actor, { action: 'webhook_tested', subject: null, detail });
    return addAlert(transaction.store, { type: 'test' }, { id: target.id }, iso(now()));
  });
  const delivery = await findDelivery(store, alertId, target.id);
  if (delivery) await attempt(context, delivery);
  return findDelivery(store, alertId, target.id);
}

async function attempt(context: Context, delivery: DeliveryRow): Promise<void> {
  const { store, now, log, counts } = context;
  const [target, alert] = [await findTarget(store, delivery.target_id), await findAlert(store, delivery.alert_id)];
  if (!target || !alert) return giveUp(context, delivery, 'the target was removed');
  const { attempts } = delivery;
  const limit = alert.type === 'test' ? 1 : pauses.length + 1;
  if (attempts >= limit) return giveUp(context, delivery, 'interrupted');
  const nextDue = iso(addSeconds(now(), attemptSeconds));
  if (!(await claimDelivery(store, delivery, { now: iso(now()), nextDue }))) return;
  const { status, reason, retryAfter = 0 } = await send(context, target, alert);
  const isDelivered = reason === null || (target.kind === 'email' && status !== null && status < 300);
  const isLast = attempts + 1 >= limit;
  const outcome = isDelivered ? 'delivered' : isLast ? 'failed' : 'pending';
  const pause = Math.max(pauses[attempts] ?? attemptSeconds, retryAfter);
  const dueAt = iso(addSeconds(now(), pause));
  await noteDelivery(store, delivery.id, { status: outcome, answer_status: status, reason, due_at: dueAt });
  if (retryAfter > 0) await putOffDeliveries(store, target.id, iso(addSeconds(now(), retryAfter)));
  counts.deliveries.add({ kind: target.kind, result: isDelivered ? 'ok' : 'failed' });
  if (isDelivered) log.info({ target: target.name, alert: alert.type }, 'an alert was delivered');
  if (outcome === 'failed') log.warn({ target: target.name, reason }, 'an alert could not be delivered');
}

async function send(context: Context, target: TargetRow, alert: AlertRow): Promise<Attempted> {
  const { store, config, outbound, now } = context;
  const address = openOrNull(() => openAddress(store, target));
  const secret = openOrNull(() => openSecret(store, target));
  if (address === null || (target.kind === 'webhook' && secret === null)) {
    return { status: null, reason: 'its address or secret cannot be decrypted: add it anew' };
  }
  const notice = noticeOf(alert, config.baseUrl);
  if (target.kind === 'email') {
    if (config.mail === null) return { status: null, reason: 'SMTP_URL is not set any more' };
    return sendMail(config.mail, { id: alert.id, to: address, ...emailMessage(notice) });
  }
  const message =
    secret === null
      ? jsonMessage(kinds[target.kind].message?.(notice) ?? {})
      : webhookMessage(alert, config.baseUrl, secret, now());
  return post(outbound, address, message, now());
}

async function giveUp({ store }: Context, delivery: DeliveryRow, reason: string): Promise<void> {
  await noteDelivery(store, delivery.id, { status: 'failed', answer_status: delivery.answer_status, reason });
}
