import { networkOf } from './addresses';
import { addSeconds, type Clock, iso, secondsToWait } from './time';

/** Says yes at most once in so many seconds for each id. Forgets ids whose time is over, so that it stays small. */
export function throttle(seconds: number, now: Clock): (id: string) => boolean {
  const times = new Map<string, number>();
  return (id) => {
    const time = now().getTime();
    const last = times.get(id);
    // A time in the future was noted before the clock was put back.
    if (last !== undefined && time >= last && time < last + seconds * 1000) return false;
    // Deleted first, so that the map stays in order of time, the oldest in front.
    times.delete(id);
    times.set(id, time);
    for (const [oldest, then] of times) {
      if (time >= then && time < then + seconds * 1000) break;
      times.delete(oldest);
    }
    return true;
  };
}

/** Says yes at most so many times in each stretch of so many seconds. */
export function atMost(times: number, seconds: number, now: Clock): () => boolean {
  let began = -Infinity;
  let said = 0;
  return () => {
    const time = now().getTime();
    // As above: it began before the clock was put back.
    if (time < began || time >= began + seconds * 1000) [began, said] = [time, 0];
    said += 1;
    return said <= times;
  };
}

/** So that nobody can fill the memory. */
const mostNetworks = 10_000;

export interface FailureCount {
  readonly failures: number;
  readonly tooMany: boolean;
  readonly retryAfter: number;
}

/** Counts failures for each network in windows of so many seconds; more than `allowed` are too many. */
export function countFailures(allowed: number, seconds: number, now: Clock): (ip: string) => FailureCount {
  const counts = new Map<string, { until: Date; failures: number }>();
  return (ip) => {
    const time = now();
    const network = networkOf(ip);
    if (counts.size >= mostNetworks) forget(time);
    const known = counts.get(network);
    // As above: a window that ends later than a new one began before the clock was put back.
    const end = addSeconds(time, seconds);
    const count = known && known.until > time && known.until <= end ? known : { until: end, failures: 0 };
    count.failures += 1;
    counts.set(network, count);
    const retryAfter = secondsToWait(iso(count.until), time);
    return { failures: count.failures, tooMany: count.failures > allowed, retryAfter };
  };

  function forget(time: Date): void {
    for (const [network, { until }] of counts) if (until <= time) counts.delete(network);
    if (counts.size >= mostNetworks) counts.clear();
  }
}
