import { scrypt, timingSafeEqual } from 'node:crypto';
import { networkOf } from '../lib/addresses';
import { createSemaphore, limitEach } from '../lib/concurrency';
import { Problem } from '../lib/problem';

// OWASP's first choice for scrypt; one evaluation takes 128 MiB and some tenths of a second.
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 2 ** 20 };
const hashBytes = 32;
/** One network takes a few places, however many attempts it makes, so that a hundred of them do not keep others out. */
const placesEach = 2;
const places = 100;

export interface Guesser {
  readonly ip: string;
  /** Has signed in before (known-browser.ts): waits only with others who have. */
  readonly isKnown: boolean;
}

/** Takes the same time whatever is typed. What `first` throws ends it. Throws a Problem when too many wait already. */
export function createPasswordCheck(
  password: string,
  salt: string,
): (typed: string, guesser: Guesser, first: () => Promise<void>) => Promise<boolean> {
  const enter = limitEach(placesEach, tooManyWaiting);
  const passUnknown = createSemaphore(1, places, tooManyWaiting);
  const passKnown = createSemaphore(1, places, tooManyWaiting);
  let right: Buffer | undefined;
  return (typed, { ip, isKnown }, first) => {
    const pass = isKnown ? passKnown : passUnknown;
    return enter(`${isKnown} ${networkOf(ip)}`, () =>
      pass(async () => {
        await first();
        right ??= await slowHash(password, salt);
        return timingSafeEqual(await slowHash(typed, salt), right);
      }),
    );
  };
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
