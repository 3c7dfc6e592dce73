import { networkOf } from '../lib/network';
import { Problem } from '../lib/problem';
import { findAttempts, forgetAttempts, saveAttempt } from '../store/failed-sign-ins';
import type { LoginAttemptRow } from '../store/schema';
import type { Store } from '../store/store';
import { type Clock, iso, later, secondsToWait } from '../lib/time';

const freeAttempts = 5;
const longestWait = 15 * 60;
/** Wrong passwords older than this are forgotten, in seconds. */
export const attemptMemory = 24 * 3600;

/**
 * Counts sign-in attempts by network address, in the database, so that neither a restart nor another instance forgets
 * them. The first five are free, then each one costs a wait, twice as long as the one before.
 */
export function createAttempts({ store, now }: { store: Store; now: Clock }) {
  return { refuseWaiting, claim, forgive };

  /** Counts nothing. Throws a Problem that says until when to wait. */
  async function refuseWaiting(address: string): Promise<void> {
    endEarly(await findAttempts(store, networkOf(address)), now());
  }

  /** Counts an attempt before it is made, and returns its number. Throws a Problem that says until when to wait. */
  async function claim(address: string): Promise<number> {
    const key = networkOf(address);
    for (;;) {
      const time = now();
      const seen = await findAttempts(store, key);
      endEarly(seen, time);
      const fresh = !seen || seen.updated_at < iso(later(time, -attemptMemory));
      const attempts = fresh ? 1 : seen.attempts + 1;
      const next = {
        address: key,
        attempts,
        wait_until: iso(later(time, waitAfter(attempts))),
        updated_at: iso(time),
      };
      if (await saveAttempt(store, seen, next)) return attempts;
    }
  }

  /** Forgets the attempts of an address after the right password. */
  async function forgive(address: string): Promise<void> {
    await forgetAttempts(store, networkOf(address));
  }
}

/** Throws while the wait for the last wrong password is not over. */
function endEarly(seen: LoginAttemptRow | undefined, time: Date): void {
  if (seen && seen.wait_until > iso(time)) throw tooMany(seen.wait_until, time);
}

function waitAfter(attempts: number): number {
  return attempts < freeAttempts ? 0 : Math.min(2 ** (attempts - freeAttempts + 1), longestWait);
}

function tooMany(until: string, now: Date): Problem {
  const seconds = secondsToWait(until, now);
  const sentence = 'There were too many wrong passwords from your network address.';
  const when = seconds < 90 ? `in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}` : `at ${until.slice(11, 16)} UTC`;
  return new Problem(429, 'too_many_attempts', sentence, `Try again ${when}.`, seconds);
}
