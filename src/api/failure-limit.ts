import { type Clock, secondsUntil, iso, later } from '../time';

const windowSeconds = 60;
const allowed = 20;
/** Above this the addresses whose minute is over are forgotten, so that nobody can fill the memory. */
const mostAddresses = 10_000;

export interface FailureCount {
  /** How many there were from this address in its minute, this one included. */
  readonly failures: number;
  readonly tooMany: boolean;
  readonly retryAfter: number;
}

/**
 * Counts failed authentications for each address. A right key is never refused for it: keys cannot be guessed, so this
 * only keeps noise down, and programs behind one proxy share an address.
 */
export function failureLimit(now: Clock): (address: string) => FailureCount {
  const counts = new Map<string, { until: Date; failures: number }>();
  return (address) => {
    const time = now();
    if (counts.size >= mostAddresses) forget(time);
    const known = counts.get(address);
    const count = known && known.until > time ? known : { until: later(time, windowSeconds), failures: 0 };
    count.failures += 1;
    counts.set(address, count);
    const retryAfter = secondsUntil(iso(count.until), time) + 1;
    return { failures: count.failures, tooMany: count.failures > allowed, retryAfter };
  };

  function forget(time: Date): void {
    for (const [address, { until }] of counts) if (until <= time) counts.delete(address);
    if (counts.size >= mostAddresses) counts.clear();
  }
}
