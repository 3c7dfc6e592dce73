import { Problem } from './problem';

/** Lets `width` pieces of work run at a time and `queue` more wait. Beyond that it throws a Problem. */
export function createGate(width: number, queue: number) {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async function pass<Result>(work: () => Promise<Result>): Promise<Result> {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };

  async function enter(): Promise<void> {
    if (running < width) {
      running++;
      return;
    }
    if (waiting.length >= queue) {
      throw new Problem(
        429,
        'busy',
        'Too many people are signing in at this moment.',
        'Try again in a few seconds.',
        5,
      );
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** The place goes to whoever waits longest, so `running` stays as it is then. */
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}
