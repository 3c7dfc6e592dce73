export type Clock = () => Date;

/** ISO 8601 UTC with milliseconds, which also sorts as text: how times are stored and sent. */
export function iso(time: Date): string {
  return time.toISOString();
}

/** A time in a sentence, to the second: programs read it as it stands, and pages say it in words (web/words). */
export function atTime(time: Date): string {
  return `at ${iso(new Date(Math.ceil(time.getTime() / 1000) * 1000)).replace('.000Z', 'Z')}`;
}

export function addSeconds(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}

/** Whole seconds until an ISO time has surely come; at least one, as an answer that says "wait" means it. */
export function secondsToWait(time: string, now: Date): number {
  return Math.max(1, Math.ceil((Date.parse(time) - now.getTime()) / 1000));
}

/** Whole seconds from `now` to an ISO time, rounded down; 0 when it has passed or there is none. */
export function secondsUntil(time: string | null, now: Date): number {
  if (time === null) return 0;
  return Math.max(0, Math.floor((Date.parse(time) - now.getTime()) / 1000));
}
