import type { Context } from '../context';
import { correctFuture } from '../store/clock';
import { endAccessTokens } from '../store/connections';
import { iso } from '../lib/time';

/** The time of day may be put right by this much without anything depending on it, in seconds. */
const tolerance = 5;

export type ClockWatch = ReturnType<typeof createClockWatch>;

/**
 * Makes a wrong clock harmless. Its check, made before anything is served and then every few seconds, takes back what
 * an earlier clock wrote about the future; when this computer's clock is put back while it looks, all access tokens
 * count as ended, since it is no longer known when they end.
 */
export function createClockWatch({ store, now, log }: Context) {
  let latest: Date | null = null;
  return { check };

  async function check(): Promise<void> {
    const time = now();
    const back = latest === null ? 0 : (latest.getTime() - time.getTime()) / 1000;
    if (latest === null || back > tolerance) await correctFuture(store, time);
    if (back > tolerance) {
      log.warn(
        { seconds: Math.round(back) },
        'the clock of this computer was put back: access tokens are asked for anew',
      );
      await endAccessTokens(store, iso(time));
    }
    latest = time;
  }
}
