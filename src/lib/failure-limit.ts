import { networkOf } from './network';
import { type Clock, iso, later, secondsToWait } from './time';

const windowSeconds = 60;
const allowed = 20;
/** Above this the networks whose minute is over are forgotten, so that nobody can fill the memory. */
const mostNetworks = 10_000;

export interface FailureCount {
  /** How many there were from this network in its minute, this one included. */
  readonly failures: number;
  readonly tooMany: boolean;
  readonly retryAfter: number;
}

/**
 * Counts failed authentications for each network. A right key is never refused for it: keys cannot be guessed, so this
 * only keeps noise down, and programs behind one proxy share a network.
 */
export function failureLimit(now: Clock): (address: string) => FailureCount {
  const counts = new Map<string, { until: Date; failures: number }>();
  return (address) => {
    const time = now();
    const network = networkOf(address);
    if (counts.size >= mostNetworks) forget(time);
    const known = counts.get(network);
    const count = known && known.until > time ? known : { until: later(time, windowSeconds), failures: 0 };
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
