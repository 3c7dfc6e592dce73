import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context';
import { codeOf } from '../lib/errors';
import { throttle } from '../lib/rate-limit';
import { iso } from '../lib/time';
import { pingWrite } from '../store/ping';

/** Seconds between two pings at least, however often a load balancer asks, and while the database is unwell. */
const pingEvery = 5;
const pingUnwellEvery = 1;
/** Load balancers give up after a second or two. In milliseconds. */
const patience = 900;

/** Whether the database can be written, said within a second whatever it does. */
export function createReadiness({ store, now, log }: Context): () => Promise<boolean> {
  const [isDue, isDueUnwell] = [throttle(pingEvery, now), throttle(pingUnwellEvery, now)];
  let isWell = false;
  let running: Promise<boolean> | null = null;
  return async () => {
    if (isDue('ping') || (!isWell && isDueUnwell('ping'))) running ??= ping().finally(() => (running = null));
    if (!running) return isWell;
    return Promise.race([running, pause(patience, false, { ref: false })]);
  };

  async function ping(): Promise<boolean> {
    try {
      await pingWrite(store, iso(now()));
      isWell = true;
    } catch (error) {
      isWell = false;
      log.error({ code: codeOf(error) || 'unknown' }, 'not ready');
    }
    return isWell;
  }
}
