import { wordsOf } from '../../alerts/message';
import { deliveriesOf, listWebhooks, recentAlerts } from '../../alerts/webhooks';
import type { Keeper } from '../../keeper';
import type { AlertRow, AlertType, DeliveryRow, WebhookRow } from '../../store/schema';
import { moment, type Moment, type Tone } from '../words';

export interface AlertsView {
  webhooks: { id: string; url: string; added: Moment }[];
  form: { url: string; problem: string | null };
  /** Added just now; its secret is shown this once. */
  made: { url: string; secret: string } | null;
  alerts: AlertView[];
}

interface AlertView {
  at: Moment;
  title: { words: string; tone: Tone };
  connection: { name: string; href: string } | null;
  sentence: string;
  deliveries: DeliveryView[];
}

interface DeliveryView {
  host: string;
  tone: Tone;
  words: string;
  tried: Moment | null;
}

const shownAlerts = 30;

export async function alertsView({ store, now }: Keeper, shown: Partial<AlertsView> = {}): Promise<AlertsView> {
  const [webhooks, alerts] = await Promise.all([listWebhooks(store), recentAlerts(store, shownAlerts)]);
  const deliveries = await deliveriesOf(store, alerts);
  return {
    webhooks: webhooks.map(({ id, url, created_at: added }) => ({ id, url, added: moment(added, now()) })),
    form: { url: '', problem: null },
    made: null,
    alerts: alerts.map((alert) => alertView(alert, deliveries, webhooks, now())),
    ...shown,
  };
}

const titles: Readonly<Record<AlertType, { words: string; tone: Tone }>> = {
  'connection.broken': { words: 'Broken', tone: 'bad' },
  'connection.recovered': { words: 'Works again', tone: 'good' },
  'kept_file.failed': { words: 'File not written', tone: 'bad' },
  'backup.failed': { words: 'No backup', tone: 'bad' },
  test: { words: 'Test', tone: 'off' },
};

function alertView(
  alert: AlertRow,
  deliveries: readonly DeliveryRow[],
  webhooks: readonly WebhookRow[],
  now: Date,
): AlertView {
  const { connection_name: name } = alert;
  const { sentence, next } = wordsOf(alert);
  return {
    at: moment(alert.at, now),
    title: titles[alert.type],
    connection: name === null ? null : { name, href: `/connections/${name}` },
    // Where nothing is to be done, the title says it all.
    sentence: titles[alert.type].tone === 'bad' ? `${sentence} ${next}` : '',
    deliveries: deliveries
      .filter((delivery) => delivery.alert_id === alert.id)
      .map((delivery) => deliveryView(delivery, hostOf(delivery, webhooks), now)),
  };
}

function hostOf(delivery: DeliveryRow, webhooks: readonly WebhookRow[]): string {
  const webhook = webhooks.find(({ id }) => id === delivery.webhook_id);
  return webhook ? new URL(webhook.url).host : 'a removed webhook';
}

function deliveryView(delivery: DeliveryRow, host: string, now: Date): DeliveryView {
  const { status, attempts, answer_status: answer, reason, tried_at: tried } = delivery;
  const why = [answer === null ? '' : `answered ${answer}`, reason ?? ''].filter(Boolean).join(', ');
  const again = `attempt ${attempts + 1} ${moment(delivery.due_at, now).words}`;
  const words: Readonly<Record<DeliveryRow['status'], string>> = {
    delivered: `delivered, ${why}`,
    failed: `given up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${why}`,
    pending: attempts === 0 ? 'on its way' : `${why || 'under way'}; ${again}`,
  };
  const tones = { delivered: 'good', failed: 'bad', pending: 'wait' } as const;
  return { host, tone: tones[status], words: words[status], tried: tried === null ? null : moment(tried, now) };
}
