/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
export function createChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In milliseconds. A timer of Node's that is longer fires at once. */
export const longestWait = 2 ** 31 - 1;

export function isWait(time: number): boolean {
  return time >= 0 && time <= longestWait;
}

/** How many standard deviations above the middle the 99th of 100 lies. */
const ninetyNinth = 2.326;

/** One waiting time: evenly between two, or log-normal, as real servers are, by its median and its 99th percentile. */
export function drawDelay(
  { delay_ms: delay = 1000, delay_max_ms: max, delay_p99_ms: p99 }: Delay,
  chance: () => number,
): number {
  if (max !== undefined) return delay + (max - delay) * chance();
  if (p99 === undefined) return delay;
  const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  return delay * Math.exp((Math.log(p99 / delay) / ninetyNinth) * normal);
}

export interface Delay {
  /** Of `slow` (default 1000) and of `kill`, between the moment and the signal (default 0). */
  delay_ms?: number | undefined;
  /** Of `slow`: evenly between `delay_ms` and this. */
  delay_max_ms?: number | undefined;
  /** Of `slow`: as real servers are, with `delay_ms` as the median and one of a hundred later than this. */
  delay_p99_ms?: number | undefined;
}
