import { codeOf } from '../lib/errors';
import type { Message } from './message';

const deadlineSeconds = 10;

/**
 * Posts a message. `reason` says in a few words why it does not count as delivered; null when it does. The body of
 * the answer is not read, and redirects are not followed: the signature is for this address.
 */
export async function post(url: string, message: Message): Promise<{ status: number | null; reason: string | null }> {
  const signal = AbortSignal.timeout(deadlineSeconds * 1000);
  try {
    const response = await fetch(url, { method: 'POST', redirect: 'manual', signal, ...message });
    await response.body?.cancel();
    return { status: response.status, reason: refusalOf(response.status) };
  } catch (error) {
    const reason = signal.aborted ? `no answer in ${deadlineSeconds} s` : `no connection${systemCode(error)}`;
    return { status: null, reason };
  }
}

function refusalOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirected, which is not followed' : 'refused by the receiver';
}

/** fetch hides the reason in the cause. */
function systemCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'cause' in error ? codeOf(error.cause) : '';
  return code === '' ? '' : ` (${code})`;
}
