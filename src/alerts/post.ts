import { codeOf } from '../lib/errors';
import type { Outbound } from '../lib/outbound';
import { ProxyError } from '../lib/tunnel';
import type { Message } from './webhook-message';

const deadlineSeconds = 10;
/** Who asks for a longer pause gets this one. */
const longestPause = 6 * 3600;

/** What came of an attempt. `reason` says in a few words why it does not count as delivered; null when it does. */
export interface Attempted {
  readonly status: number | null;
  readonly reason: string | null;
  /** Seconds for which the receiver wants to be left alone. */
  readonly retryAfter?: number;
}

/** Posts a message. The body of the answer is not read, and redirects are not followed: the message is for this address. */
export async function post(outbound: Outbound, url: string, message: Message, now: Date): Promise<Attempted> {
  const signal = AbortSignal.timeout(deadlineSeconds * 1000);
  try {
    const response = await outbound.fetch(url, { method: 'POST', signal, ...message });
    await response.body?.cancel();
    const { status, headers } = response;
    const retryAfter = status === 429 || status === 503 ? secondsOf(headers.get('retry-after'), now) : 0;
    return { status, reason: refusalOf(status), ...(retryAfter > 0 && { retryAfter }) };
  } catch (error) {
    const reason = signal.aborted ? `no answer in ${deadlineSeconds} s` : `no connection${causeOf(error)}`;
    return { status: null, reason };
  }
}

function refusalOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status === 429) return 'too many messages at once';
  return status >= 300 && status < 400 ? 'redirected, which is not followed' : 'refused by the receiver';
}

/** Of Retry-After: seconds, also with a fraction, or a date. */
function secondsOf(retryAfter: string | null, now: Date): number {
  if (retryAfter === null) return 0;
  const isNumber = /^\d+(\.\d+)?$/.test(retryAfter);
  const seconds = isNumber ? Number(retryAfter) : (Date.parse(retryAfter) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.ceil(Math.max(seconds, 0)), longestPause) : 0;
}

/** fetch hides the reason in the cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const words = cause instanceof ProxyError ? cause.message : codeOf(cause);
  return words === '' ? '' : ` (${words})`;
}
