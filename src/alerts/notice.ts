import { plainText } from '../lib/text';
import type { AlertRow } from '../store/schema';
import { explain } from '../zoho/messages';

/** What an alert says, before a product's message is made of it. All of it is plain text on one line each. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  /** Null where nothing is to be done. */
  readonly next: string | null;
  readonly url: string;
  readonly tone: 'good' | 'bad' | 'off';
}

export type AlertWords = Pick<
  AlertRow,
  'type' | 'connection_name' | 'state' | 'error_code' | 'sentence' | 'next' | 'connections' | 'connection_count'
>;

const nothing = 'Nothing is to be done.';
/** Longer texts are cut: the shortest limit is Slack's, 3,000 characters of a section. */
const mostCharacters = 2000;

export function noticeOf(alert: AlertWords, baseUrl: string): Notice {
  const { sentence, next } = wordsOf(alert);
  return {
    title: clip(titleOf(alert), 140),
    text: clip(sentence, mostCharacters),
    next: next === nothing ? null : clip(next, mostCharacters),
    url: urlOf(alert, baseUrl),
    tone: alert.type === 'test' ? 'off' : alert.type === 'connection.recovered' ? 'good' : 'bad',
  };
}

/** Where a person sees more. */
export function urlOf({ connection_name: name, connection_count: count }: AlertWords, baseUrl: string): string {
  if (name !== null) return `${baseUrl}/connections/${name}`;
  return count === null ? `${baseUrl}/alerts` : `${baseUrl}/?status=broken`;
}

export function wordsOf(alert: AlertWords): { sentence: string; next: string } {
  if (alert.connection_count !== null) return listWords(alert, alert.connection_count);
  const name = `“${alert.connection_name ?? ''}”`;
  switch (alert.type) {
    case 'test':
      return { sentence: 'This is a test of the alerts.', next: nothing };
    case 'connection.recovered':
      return { sentence: `${name} works again.`, next: nothing };
    case 'kept_file.failed':
      return {
        sentence: `A file that is kept for ${name} cannot be written.`,
        next: 'Scripts that read it have an old token: look at its folder. The page of the connection names the file.',
      };
    case 'connection.broken':
    case 'connection.failing': {
      const generic = explain(alert.error_code ?? 'unexpected_answer', 'refresh');
      const sentence = `${name} ${stateWords(alert)} ${alert.sentence ?? generic.sentence}`;
      return { sentence, next: alert.next ?? generic.next };
    }
    default:
      return { sentence: alert.sentence ?? '', next: alert.next ?? '' };
  }
}

function stateWords({ state, type }: AlertWords): string {
  if (type === 'connection.failing') return 'cannot get a new access token; the last one works until it ends.';
  if (state === 'needs_reconnect') return 'needs to be reconnected.';
  return 'has had no valid access token for a while, and none could be fetched.';
}

/** How many names stand in a message. */
const mostNames = 10;

function listWords({ type, connections, error_code: code }: AlertWords, count: number) {
  const names = (connections ?? '').split(' ').slice(0, mostNames);
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  const list = `: ${names.join(', ')}${more}.`;
  if (type === 'connection.recovered') return { sentence: `${count} connections work again${list}`, next: nothing };
  const what =
    type === 'connection.broken' ? 'broke' : 'cannot get new access tokens; the last ones work until they end';
  // Where all say the same, it is likely to have one cause.
  const common = code === null ? null : explain(code, 'refresh');
  return {
    sentence: `${count} connections ${what}${list}${common ? ` ${common.sentence}` : ''}`,
    next: common?.next ?? 'Their pages say what each of them needs.',
  };
}

function titleOf({ type, connection_name: name, connection_count: count }: AlertWords): string {
  const who = count === null ? (name ?? '') : `${count} connections`;
  switch (type) {
    case 'connection.broken':
      return `${who}: broken`;
    case 'connection.failing':
      return `${who}: refreshes fail`;
    case 'connection.recovered':
      return count === null ? `${who}: works again` : `${who}: work again`;
    case 'slots.low':
      return 'Refresh tokens at Zoho run out';
    case 'client_secret.refused':
      return 'Zoho refuses the client';
    case 'kept_file.failed':
      return `${who}: kept file not written`;
    case 'backup.failed':
      return 'No good backup';
    case 'database.damaged':
      return 'The database is damaged';
    case 'test':
      return 'Test of the alerts';
  }
}

function clip(text: string, most: number): string {
  const plain = plainText(text);
  return plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`;
}
