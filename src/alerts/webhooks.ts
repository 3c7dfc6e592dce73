import { randomBytes } from 'node:crypto';
import type { Log } from '../lib/log';
import { isLoopback } from '../lib/addresses';
import { Problem } from '../lib/problem';
import { addAlert } from '../store/alerts';
import { type Actor, recordEvent } from '../store/events';
import { readable } from '../store/encryption/readable';
import type { AlertRow, DeliveryRow, WebhookRow } from '../store/schema';
import { inTransaction, type Store } from '../store/store';
import {
  addWebhook,
  claimDelivery,
  dueDeliveries,
  findAlert,
  findDelivery,
  findWebhook,
  listWebhooks,
  noteDelivery,
  openWebhookSecret,
  removeWebhook,
} from '../store/webhooks';
import { type Clock, iso, later } from '../lib/time';
import { messageOf } from './message';
import { post } from './delivery';

/** Seconds from a failed attempt to the next one; after the last it is given up. */
const pauses: readonly number[] = [10, 60, 600, 3600, 21_600];
/** An attempt that was not noted as ended after this long was cut off by a crash, in seconds. */
const attemptSeconds = 60;
const mostWebhooks = 20;
const atOnce = 4;

export type Webhooks = ReturnType<typeof createWebhooks>;

/** The addresses that alerts are sent to, and the sending. */
export function createWebhooks(parts: { store: Store; baseUrl: string; now: Clock; log: Log }) {
  const { store, baseUrl, now, log } = parts;
  let stopped = false;
  return { add, remove, test, deliver, stop };

  /** Adds an address and returns its secret, which is shown once. Throws a Problem that says what is wrong with it. */
  async function add(address: string, actor: Actor): Promise<string> {
    const url = readWebhookUrl(address);
    if ((await listWebhooks(store)).length >= mostWebhooks) {
      throw new Problem(409, 'too_many', `There are ${mostWebhooks} webhooks already.`, 'Remove one first.');
    }
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    await inTransaction(store, async (transaction) => {
      const id = await addWebhook(transaction, url.href, secret, iso(now()));
      if (id === null) throw new Problem(409, 'exists', 'Alerts are sent to that address already.', 'See the list.');
      const event = { action: 'webhook_added', subject: null, detail: url.origin };
      await recordEvent(transaction, actor, event, iso(now()));
    });
    return secret;
  }

  async function remove(id: string, actor: Actor): Promise<void> {
    const webhook = await find(id);
    await inTransaction(store, async (transaction) => {
      if (!(await removeWebhook(transaction, id))) return;
      const event = { action: 'webhook_removed', subject: null, detail: new URL(webhook.url).origin };
      await recordEvent(transaction, actor, event, iso(now()));
    });
  }

  /** Sends a test at once, and only once. Returns what came of it. */
  async function test(id: string, actor: Actor): Promise<DeliveryRow | undefined> {
    const webhook = await find(id);
    const alertId = await inTransaction(store, async (transaction) => {
      const event = { action: 'webhook_tested', subject: null, detail: new URL(webhook.url).origin };
      await recordEvent(transaction, actor, event, iso(now()));
      const alert = { type: 'test', connection: null, state: null, code: null } as const;
      return addAlert(transaction, alert, [id], iso(now()));
    });
    const delivery = await findDelivery(store, alertId, id);
    if (delivery) await attempt(delivery);
    return findDelivery(store, alertId, id);
  }

  /** Makes the attempts that are due, a few at a time. Resolves when each was made once. */
  async function deliver(): Promise<void> {
    const queue = await dueDeliveries(store, iso(now()));
    const work = async (): Promise<void> => {
      for (let next = take(); next; next = take()) await attempt(next);
    };
    const take = (): DeliveryRow | undefined => (stopped ? undefined : queue.shift());
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /** Lets the attempts under way end and begins no more. */
  function stop(): void {
    stopped = true;
  }

  async function attempt(delivery: DeliveryRow): Promise<void> {
    const [webhook, alert] = [await findWebhook(store, delivery.webhook_id), await findAlert(store, delivery.alert_id)];
    if (!webhook || !alert) return end(delivery, 'the webhook was removed');
    const made = delivery.attempts;
    const limit = alert.type === 'test' ? 1 : pauses.length + 1;
    if (made >= limit) return end(delivery, 'interrupted');
    const nextDue = iso(later(now(), pauses[made] ?? attemptSeconds));
    if (!(await claimDelivery(store, delivery, { now: iso(now()), nextDue }))) return;
    const { status, reason } = await send(webhook, alert);
    const isLast = made + 1 >= limit;
    const outcome = reason === null ? 'delivered' : isLast ? 'failed' : 'pending';
    await noteDelivery(store, delivery.id, { status: outcome, answer_status: status, reason });
    if (outcome === 'failed') log.warn({ host: new URL(webhook.url).host, reason }, 'an alert could not be delivered');
  }

  async function send(webhook: WebhookRow, alert: AlertRow): Promise<{ status: number | null; reason: string | null }> {
    const secret = readable(() => openWebhookSecret(store, webhook));
    if (secret === null) return { status: null, reason: 'its secret cannot be decrypted: add it anew' };
    return post(webhook.url, messageOf(alert, baseUrl, secret, now()));
  }

  async function end(delivery: DeliveryRow, reason: string): Promise<void> {
    await noteDelivery(store, delivery.id, { status: 'failed', answer_status: delivery.answer_status, reason });
  }

  async function find(id: string): Promise<WebhookRow> {
    const webhook = await findWebhook(store, id);
    if (webhook) return webhook;
    throw new Problem(404, 'not_found', 'There is no such webhook.', 'It may have been removed; see the list.');
  }
}

/** Any host, private ones included: whoever runs the Keeper decides. Without encryption only within this computer. */
function readWebhookUrl(address: string): URL {
  const url = address.length <= 2000 && URL.canParse(address) ? new URL(address) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw refused('That is not the address of a web server.', 'Write e.g. https://alerts.example.com/zoho.');
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('The address holds a user name or password.', 'Leave it out: the signature shows who sends.');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw refused('Alerts are not sent over the network without encryption.', 'Use https, or http to this computer.');
  }
  url.hash = '';
  return url;
}

function refused(sentence: string, next: string): Problem {
  return new Problem(400, 'invalid_url', sentence, next);
}
