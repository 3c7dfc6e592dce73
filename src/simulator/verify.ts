import { setTimeout as wait } from 'node:timers/promises';
import type { RequestFilter, RequestLog } from './state/request-log';

/** How often requests are to be seen; at least once where nothing is said. */
export interface Expectation extends RequestFilter {
  exactly?: number | undefined;
  atLeast?: number | undefined;
  atMost?: number | undefined;
  /** How long to wait for those that are missing, in milliseconds of real time; default not at all. */
  within_ms?: number | undefined;
}

export interface Verification {
  readonly fits: boolean;
  /** How many were seen. */
  readonly count: number;
  /** In words: `at least 1`. */
  readonly expected: string;
}

export async function verify(
  requests: RequestLog,
  { exactly, atLeast, atMost, within_ms: patience = 0, ...filter }: Expectation,
): Promise<Verification> {
  const none = exactly === undefined && atMost === undefined;
  const least = exactly ?? atLeast ?? (none ? 1 : 0);
  const most = exactly ?? atMost ?? Infinity;
  const enough = new AbortController();
  if (patience > 0) {
    await Promise.race([requests.arrived(least, filter), wait(patience, undefined, { signal: enough.signal })]);
    enough.abort();
  }
  const count = requests.count(filter);
  return { fits: count >= least && count <= most, count, expected: inWords(least, most) };
}

function inWords(least: number, most: number): string {
  if (least === most) return `exactly ${least}`;
  if (most === Infinity) return `at least ${least}`;
  return least === 0 ? `at most ${most}` : `from ${least} to ${most}`;
}
