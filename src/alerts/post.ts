import { codeOf } from '../lib/errors';
import type { Outbound } from '../lib/outbound';
import { ProxyError } from '../lib/tunnel';
import type { Message } from './message';

const deadlineSeconds = 10;

/**
 * Posts a message. `reason` says in a few words why it does not count as delivered; null when it does. The body of
 * the answer is not read, and redirects are not followed: the signature is for this address.
 */
export async function post(
  outbound: Outbound,
  url: string,
  message: Message,
): Promise<{ status: number | null; reason: string | null }> {
  const signal = AbortSignal.timeout(deadlineSeconds * 1000);
  try {
    const response = await outbound.fetch(url, { method: 'POST', signal, ...message });
    await response.body?.cancel();
    return { status: response.status, reason: refusalOf(response.status) };
  } catch (error) {
    const reason = signal.aborted ? `no answer in ${deadlineSeconds} s` : `no connection${causeOf(error)}`;
    return { status: null, reason };
  }
}

function refusalOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirected, which is not followed' : 'refused by the receiver';
}

/** fetch hides the reason in the cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const words = cause instanceof ProxyError ? cause.message : codeOf(cause);
  return words === '' ? '' : ` (${words})`;
}
