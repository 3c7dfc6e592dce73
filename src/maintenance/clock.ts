import type { Context } from '../context';
import { correctFuture } from '../store/clock';
import { endAccessTokens } from '../store/access-tokens';
import { iso } from '../lib/time';

/** Seconds that the clock may be put back by without anything depending on it. */
const tolerance = 5;

export type ClockWatch = ReturnType<typeof createClockWatch>;

/** Its check, made at the start and every few seconds, takes back what a wrong clock wrote about the future. */
export function createClockWatch({ store, now, log }: Context, setClock: () => Promise<void>) {
  let latest: Date | null = null;
  return { check };

  async function check(): Promise<void> {
    await setClock();
    const time = now();
    const back = latest === null ? 0 : (latest.getTime() - time.getTime()) / 1000;
    if (latest === null || back > tolerance) await correctFuture(store, time);
    if (back > tolerance) {
      log.warn({ seconds: Math.round(back) }, 'the clock was put back: access tokens are refreshed');
      // It is no longer known when they end.
      await endAccessTokens(store, iso(time));
    }
    latest = time;
  }
}
