import type { AlertRow } from '../store/schema';
import { explain } from '../zoho/messages';
import { signatureOf } from './signature';

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Headers and body as Standard Webhooks has them. */
export function messageOf(alert: AlertRow, baseUrl: string, secret: string, now: Date): Message {
  const body = JSON.stringify(payloadOf(alert, baseUrl));
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'zoho-token-keeper',
      'Webhook-Id': alert.id,
      'Webhook-Timestamp': timestamp,
      'Webhook-Signature': signatureOf(secret, alert.id, timestamp, body),
    },
  };
}

function payloadOf(alert: AlertRow, baseUrl: string): Record<string, string | null> {
  const { connection_name: connection } = alert;
  return {
    id: alert.id,
    type: alert.type,
    time: alert.at,
    connection,
    data_center: alert.data_center,
    state: alert.state,
    code: alert.error_code,
    ...wordsOf(alert),
    dashboard_url: connection === null ? `${baseUrl}/alerts` : `${baseUrl}/connections/${connection}`,
  };
}

export function wordsOf(alert: AlertRow): { sentence: string; next: string } {
  const name = `“${alert.connection_name ?? ''}”`;
  if (alert.type === 'test') return { sentence: 'This is a test of the webhook.', next: 'Nothing is to be done.' };
  if (alert.type === 'connection.recovered')
    return { sentence: `${name} works again.`, next: 'Nothing is to be done.' };
  if (alert.type === 'kept_file.failed') {
    const next =
      'Scripts that read it have an old token: look at its folder. The page of the connection names the file.';
    return { sentence: `A file that is kept for ${name} cannot be written.`, next };
  }
  if (alert.type === 'backup.failed') return { sentence: alert.sentence ?? '', next: alert.next ?? '' };
  const generic = explain(alert.error_code ?? 'unexpected_answer', 'refresh');
  const [sentence, next] = [alert.sentence ?? generic.sentence, alert.next ?? generic.next];
  if (alert.state === 'needs_reconnect') return { sentence: `${name} needs to be reconnected. ${sentence}`, next };
  const failing = `${name} has had no valid access token for a while, and none could be fetched.`;
  return { sentence: `${failing} ${sentence}`, next };
}
