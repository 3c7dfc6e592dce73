import type { Context } from '../context';
import { codeOf } from '../lib/errors';
import { throttle } from '../lib/rate-limit';
import { iso } from '../lib/time';
import { pingWrite } from '../store/ping';

/** Seconds between two pings at least, however often a load balancer asks. */
const pingEvery = 5;

export function createReadiness({ store, now, log }: Context): () => Promise<boolean> {
  const isDue = throttle(pingEvery, now);
  let latest: Promise<boolean> = Promise.resolve(false);
  return () => {
    if (isDue('ping')) latest = canWrite();
    return latest;
  };

  async function canWrite(): Promise<boolean> {
    try {
      await pingWrite(store, iso(now()));
      return true;
    } catch (error) {
      log.error({ code: codeOf(error) || 'unknown' }, 'not ready');
      return false;
    }
  }
}
