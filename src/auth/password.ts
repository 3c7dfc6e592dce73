import { scrypt, timingSafeEqual } from 'node:crypto';
import { createSemaphore } from '../lib/concurrency';
import { Problem } from '../lib/problem';

// OWASP's first choice for scrypt; one evaluation takes 128 MiB and some tenths of a second.
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 2 ** 20 };
const hashBytes = 32;
const width = 2;
const queue = 20;

/** Takes the same time whatever is typed. What `first` throws ends it. Throws a Problem when too many wait already. */
export function createPasswordCheck(
  password: string,
  salt: string,
): (typed: string, first?: () => Promise<void>) => Promise<boolean> {
  const pass = createSemaphore(width, queue, tooManyWaiting);
  let right: Buffer | undefined;
  return (typed, first) =>
    pass(async () => {
      await first?.();
      right ??= await slowHash(password, salt);
      return timingSafeEqual(await slowHash(typed, salt), right);
    });
}

function tooManyWaiting(): Problem {
  const sentence = 'Too many people are signing in at this moment.';
  return new Problem(429, 'busy', sentence, 'Try again in a few seconds.', 5);
}

/** Off the main thread. The same word typed on another keyboard may be other code points, hence normalize. */
function slowHash(password: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, hashBytes, cost, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}
