import type { AlertRow } from '../store/schema';
import { type AlertWords, urlOf, wordsOf } from './notice';
import { signatureOf } from './signature';

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Headers and body as Standard Webhooks has them. */
export function webhookMessage(alert: AlertRow, baseUrl: string, secret: string, now: Date): Message {
  const body = JSON.stringify(payloadOf(alert, baseUrl));
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    body,
    headers: {
      ...jsonHeaders,
      'Webhook-Id': alert.id,
      'Webhook-Timestamp': timestamp,
      'Webhook-Signature': signatureOf(secret, alert.id, timestamp, body),
    },
  };
}

export function jsonMessage(body: object): Message {
  return { body: JSON.stringify(body), headers: jsonHeaders };
}

const jsonHeaders = { 'Content-Type': 'application/json', 'User-Agent': 'zoho-token-keeper' };

export function payloadOf(alert: AlertWords & Pick<AlertRow, 'id' | 'at' | 'data_center'>, baseUrl: string): object {
  const { connection_count: count } = alert;
  return {
    id: alert.id,
    type: alert.type,
    time: alert.at,
    connection: alert.connection_name,
    ...(count !== null && { connections: (alert.connections ?? '').split(' '), count }),
    data_center: alert.data_center,
    state: alert.state,
    code: alert.error_code,
    ...wordsOf(alert),
    dashboard_url: urlOf(alert, baseUrl),
  };
}
