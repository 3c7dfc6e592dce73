import { wordsOf } from '../../alerts/notice';
import { kinds } from '../../alerts/kinds';
import type { AlertRow, AlertType, DeliveryRow, TargetRow } from '../../store/schema';
import { moment, type Moment, type Tone } from '../words';

export interface AlertView {
  at: Moment;
  title: { words: string; tone: Tone };
  connection: { name: string; href: string } | null;
  sentence: string;
  deliveries: DeliveryView[];
}

export interface DeliveryView {
  target: string;
  tone: Tone;
  words: string;
  tried: Moment | null;
}

const titles: Readonly<Record<AlertType, { words: string; tone: Tone }>> = {
  'connection.broken': { words: 'Broken', tone: 'bad' },
  'connection.failing': { words: 'Refreshes fail', tone: 'wait' },
  'connection.recovered': { words: 'Works again', tone: 'good' },
  'slots.low': { words: 'Refresh tokens run out', tone: 'wait' },
  'client_secret.refused': { words: 'Client refused', tone: 'bad' },
  'kept_file.failed': { words: 'File not written', tone: 'bad' },
  'backup.failed': { words: 'No good backup', tone: 'bad' },
  'database.damaged': { words: 'Database damaged', tone: 'bad' },
  test: { words: 'Test', tone: 'off' },
};

export function alertViews(
  alerts: readonly AlertRow[],
  deliveries: readonly DeliveryRow[],
  targets: readonly TargetRow[],
  now: Date,
): AlertView[] {
  const names = new Map(targets.map(({ id, name, kind }) => [id, name || kinds[kind].title]));
  return alerts.map((alert) => {
    const { connection_name: name } = alert;
    const { sentence, next } = wordsOf(alert);
    const { tone } = titles[alert.type];
    return {
      at: moment(alert.at, now),
      title: titles[alert.type],
      connection: name === null ? null : { name, href: `/connections/${name}` },
      // Where nothing is to be done, the title says it all, but of many.
      sentence: tone === 'bad' || tone === 'wait' ? `${sentence} ${next}` : alert.connection_count ? sentence : '',
      deliveries: deliveries
        .filter((delivery) => delivery.alert_id === alert.id)
        .map((delivery) => deliveryView(delivery, names.get(delivery.target_id) ?? 'a removed target', now)),
    };
  });
}

export function deliveryView(delivery: DeliveryRow, target: string, now: Date): DeliveryView {
  const { status, attempts, answer_status: answer, reason, tried_at: tried } = delivery;
  const why = [answer === null ? '' : `answered ${answer}`, reason ?? ''].filter(Boolean).join(', ');
  const again = `attempt ${attempts + 1} ${moment(delivery.due_at, now).words}`;
  const words: Readonly<Record<DeliveryRow['status'], string>> = {
    delivered: `delivered, ${why}`,
    failed: `given up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${why}`,
    pending: attempts === 0 ? 'on its way' : `${why || 'under way'}; ${again}`,
  };
  const tones = { delivered: 'good', failed: 'bad', pending: 'wait' } as const;
  return { target, tone: tones[status], words: words[status], tried: tried === null ? null : moment(tried, now) };
}
