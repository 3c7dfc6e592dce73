import type { Context } from '../context';
import { networkOf } from '../lib/addresses';
import { Problem } from '../lib/problem';
import { addSeconds, atTime, iso, secondsToWait } from '../lib/time';
import {
  failedSignInMemory,
  findFailedSignIns,
  forgetFailedSignIns,
  saveFailedSignIns,
} from '../store/failed-sign-ins';
import type { FailedSignInRow } from '../store/schema';

// Counts failed sign-ins by network, in the database, so that neither a restart nor another instance forgets them. The
// first five are free, then each one costs a wait, twice as long as the one before.

const freeAttempts = 5;
const longestWait = 15 * 60;

/** Counts nothing. Throws a Problem that says until when to wait. */
export async function refuseWaiting({ store, now }: Context, ip: string): Promise<void> {
  requireWaited(await findFailedSignIns(store, networkOf(ip)), now());
}

/** Counts an attempt before it is made, and returns its number. Throws a Problem that says until when to wait. */
export async function claimAttempt({ store, now }: Context, ip: string): Promise<number> {
  const network = networkOf(ip);
  for (;;) {
    const time = now();
    const seen = await findFailedSignIns(store, network);
    requireWaited(seen, time);
    const isFirst = !seen || seen.updated_at < iso(addSeconds(time, -failedSignInMemory));
    const attempts = isFirst ? 1 : seen.attempts + 1;
    const next = {
      network,
      attempts,
      wait_until: iso(addSeconds(time, waitAfter(attempts))),
      updated_at: iso(time),
    };
    if (await saveFailedSignIns(store, seen, next)) return attempts;
  }
}

export async function forgive({ store }: Context, ip: string): Promise<void> {
  await forgetFailedSignIns(store, networkOf(ip));
}

function requireWaited(seen: FailedSignInRow | undefined, time: Date): void {
  if (seen && seen.wait_until > iso(time)) throw tooMany(seen.wait_until, time);
}

function waitAfter(attempts: number): number {
  return attempts < freeAttempts ? 0 : Math.min(2 ** (attempts - freeAttempts + 1), longestWait);
}

function tooMany(until: string, now: Date): Problem {
  const seconds = secondsToWait(until, now);
  const sentence = 'There were too many wrong passwords from your network.';
  const when = seconds < 90 ? `in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}` : atTime(new Date(until));
  return new Problem(429, 'too_many_attempts', sentence, `Try again ${when}.`, seconds);
}
