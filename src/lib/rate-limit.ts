import type { Clock } from './time';

/**
 * Says yes at most once in so many seconds for each id: for notes that need not be exact and must not be written at
 * every call. Forgets ids whose time is over, so that it stays small.
 */
export function atMostEvery(seconds: number, now: Clock): (id: string) => boolean {
  const times = new Map<string, number>();
  return (id) => {
    const time = now().getTime();
    const last = times.get(id);
    // A time that is still to come was noted before the clock was put back.
    if (last !== undefined && time >= last && time < last + seconds * 1000) return false;
    // Deleted first, so that the map stays in the order of time and the oldest are in front.
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
export function atMostTimes(times: number, seconds: number, now: Clock): () => boolean {
  let began = -Infinity;
  let said = 0;
  return () => {
    const time = now().getTime();
    // A stretch that began in the future began before the clock was put back.
    if (time < began || time >= began + seconds * 1000) [began, said] = [time, 0];
    said += 1;
    return said <= times;
  };
}
