import { createHmac } from 'node:crypto';
import type { Context } from '../context';
import { addSeconds } from '../lib/time';

/** How long a browser that has signed in keeps its place, in seconds. */
export const knownSeconds = 180 * 24 * 3600;

/**
 * A mark for browsers that have signed in with this password. It lets nobody in: it only keeps a place in the queue in
 * front of the password check, which a flood of guesses could fill otherwise (OWASP calls it a device cookie).
 */
export function createKnownBrowsers({ store, now }: Context, password: string) {
  const [secret = ''] = store.cipher.derive('known browser');
  const sign = (until: string): string =>
    `${until}.${createHmac('sha256', secret).update(`${until} ${password}`).digest('base64url')}`;
  return {
    mark: () => sign(String(addSeconds(now(), knownSeconds).getTime())),
    knows(mark: string): boolean {
      const [until = ''] = mark.split('.');
      return mark === sign(until) && Number(until) > now().getTime();
    },
  };
}
