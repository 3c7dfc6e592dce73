import type { TargetKind } from '../store/schema';
import { type AlertWords, noticeOf } from './notice';
import { emailMessage } from './shapes';
import { payloadOf } from './webhook-message';

/** What a message will look like: as a product shows it, or to the letter in `source`. */
export interface Preview {
  readonly title: string | null;
  readonly paragraphs: readonly string[];
  readonly button: string | null;
  readonly source: string | null;
}

const example: AlertWords & { id: string; at: string; data_center: 'eu' } = {
  id: 'msg_…',
  at: '2026-11-23T10:00:00.000Z',
  type: 'connection.broken',
  connection_name: 'crm',
  data_center: 'eu',
  state: 'needs_reconnect',
  error_code: 'invalid_code',
  sentence: null,
  next: null,
  connections: null,
  connection_count: null,
};

export function previewOf(kind: TargetKind, baseUrl: string): Preview {
  const notice = noticeOf(example, baseUrl);
  const source = { title: null, paragraphs: [], button: null };
  if (kind === 'webhook') return { ...source, source: JSON.stringify(payloadOf(example, baseUrl), null, 2) };
  if (kind === 'email') {
    const { subject, text } = emailMessage(notice);
    return { ...source, source: `Subject: ${subject}\n\n${text}` };
  }
  const { title, text, next } = notice;
  return { title, paragraphs: [text, ...(next === null ? [] : [next])], button: 'Open the Keeper', source: null };
}
