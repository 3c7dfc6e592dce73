import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context';
import { isLoopback } from '../lib/addresses';
import { codeOf } from '../lib/errors';
import type { Attempted } from './post';

/** Some servers greet late on purpose. */
const deadlineSeconds = 15;

type MailConfig = NonNullable<Context['config']['mail']>;

export interface Mail {
  /** Stays the same however often it is tried, so that mailboxes show it once. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands an e-mail to the server of SMTP_URL. Never throws for the server's sake. */
export async function sendMail(config: MailConfig, { id, to, subject, text }: Mail): Promise<Attempted> {
  // Loaded when there is mail, as few installations send any: it takes a twentieth of the start.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(transportOptions(config));
  const domain = /@([\w.-]+)/.exec(config.from)?.[1] ?? 'localhost';
  const headers = { 'Auto-Submitted': 'auto-generated' };
  const ended = new AbortController();
  try {
    const sent = transport.sendMail({ from: config.from, to, subject, text, headers, messageId: `<${id}@${domain}>` });
    const tooLate = pause(deadlineSeconds * 1000, null, { signal: ended.signal });
    const answer = await Promise.race([sent, tooLate.catch(() => null)]);
    if (answer === null) return { status: null, reason: `no answer in ${deadlineSeconds} s` };
    const refused = answer.rejected.length === 0 ? '' : `not for ${answer.rejected.map(String).join(', ')}`;
    return { status: statusOf(answer.response), reason: refused || null };
  } catch (error) {
    return refusalOf(error);
  } finally {
    ended.abort();
    transport.close();
  }
}

/** TLS always, and verified, but in clear to this computer where its server offers none. */
export function transportOptions({ url }: MailConfig) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const timeout = deadlineSeconds * 1000;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !isLoopback(hostname),
    // Written out, or NODE_TLS_REJECT_UNAUTHORIZED=0 of another program's would hand the password to anybody on the way.
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const },
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

const refusals: Readonly<Record<string, string>> = {
  EAUTH: 'the mail server refused the user name or password of SMTP_URL',
  EENVELOPE: 'the mail server refused the sender or the recipients',
  EMESSAGE: 'the mail server refused the message',
  EDNS: 'the host of SMTP_URL was not found',
};

/** The server's own words are left out: they may repeat what was sent. */
function refusalOf(error: unknown): Attempted {
  const code = codeOf(error);
  const told = typeof error === 'object' && error !== null ? error : {};
  const status = 'responseCode' in told && typeof told.responseCode === 'number' ? told.responseCode : null;
  const message = 'message' in told ? String(told.message) : '';
  if (code === 'ETLS' || /certificate|altnames|self[- ]signed/i.test(message)) {
    return { status, reason: 'no TLS connection whose certificate is trusted' };
  }
  return { status, reason: refusals[code] ?? `no connection to the mail server${code === '' ? '' : ` (${code})`}` };
}

function statusOf(response: string): number | null {
  return /^\d{3}/.test(response) ? Number(response.slice(0, 3)) : null;
}
