import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Patience {
  /** Lets everybody who is not go first. */
  readonly isPatient?: boolean;
  /** Seconds after which it is no use to go on waiting. */
  readonly seconds?: number;
}

/**
 * Lets `width` pieces of work run at a time and `queue` more wait. Beyond that, and to whoever has waited for too long, it
 * throws what `full` returns.
 */
export function createSemaphore(width: number, queue: number, full: () => Error) {
  const waiting: (() => void)[] = [];
  const patient: (() => void)[] = [];
  let running = 0;

  return async function pass<Result>(work: () => Promise<Result>, patience: Patience = {}): Promise<Result> {
    await enter(patience);
    try {
      return await work();
    } finally {
      leave();
    }
  };

  async function enter({ isPatient = false, seconds }: Patience): Promise<void> {
    if (running < width) {
      running++;
      return;
    }
    if (waiting.length + patient.length >= queue) throw full();
    const line = isPatient ? patient : waiting;
    await new Promise<void>((resolve, reject) => {
      const timer = seconds === undefined ? undefined : setTimeout(giveUp, seconds * 1000);
      line.push(take);
      function take(): void {
        clearTimeout(timer);
        resolve();
      }
      function giveUp(): void {
        line.splice(line.indexOf(take), 1);
        reject(full());
      }
    });
  }

  /** Hands the place to whoever has waited longest, so `running` stays as it is. */
  function leave(): void {
    const next = waiting.shift() ?? patient.shift();
    if (next) next();
    else running--;
  }
}

/** Lets so many pieces of work for one id be under way. Beyond that it throws what `full` returns. */
export function limitEach(most: number, full: () => Error) {
  const counts = new Map<string, number>();

  return async function pass<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    const others = counts.get(id) ?? 0;
    if (others >= most) throw full();
    counts.set(id, others + 1);
    try {
      return await work();
    } finally {
      const left = (counts.get(id) ?? 1) - 1;
      if (left > 0) counts.set(id, left);
      else counts.delete(id);
    }
  };
}

/** Calls for one id in one turn of the event loop share a read. It begins after all of them, so none gets old data. */
export function coalesce<Value>(read: (id: string) => Promise<Value>): (id: string) => Promise<Value> {
  const coming = new Map<string, Promise<Value>>();
  return (id) => {
    const known = coming.get(id);
    if (known) return known;
    const result = nextTurn().then(() => {
      coming.delete(id);
      return read(id);
    });
    coming.set(id, result);
    return result;
  };
}

export type InFlight = ReturnType<typeof createInFlight>;

/** Work that must end before the program does, even when whoever began it has gone. */
export function createInFlight() {
  const works = new Set<Promise<unknown>>();
  return { track, ended };

  function track<Result>(work: Promise<Result>): Promise<Result> {
    works.add(work);
    const forget = (): void => void works.delete(work);
    work.then(forget, forget);
    return work;
  }

  async function ended(): Promise<void> {
    while (works.size > 0) await Promise.allSettled(works);
  }
}

/** Works through a queue, `width` pieces at a time, and begins no more once `stopped` says so. */
export async function workOff<Item>(
  queue: Item[],
  width: number,
  work: (item: Item) => Promise<void>,
  stopped: () => boolean = () => false,
): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && !stopped(); item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/**
 * Takes work as places get free, never more than there are places. Ends when `take` brings less than it was asked for, or
 * once `stopped` says so.
 */
export async function keepBusy<Item>(
  width: () => number,
  take: (most: number) => Promise<readonly Item[]>,
  work: (item: Item) => Promise<void>,
  stopped: () => boolean,
): Promise<void> {
  const running = new Set<Promise<void>>();
  try {
    for (let isMore = true; isMore && !stopped();) {
      const free = width() - running.size;
      // A few places at a time, so that not each of them costs a question.
      if (running.size > 0 && free < width() / 4) {
        await Promise.race(running);
        continue;
      }
      const items = await take(free);
      isMore = items.length >= free;
      for (const item of items) {
        const done = work(item).finally(() => running.delete(done));
        running.add(done);
      }
    }
  } finally {
    await Promise.all(running);
  }
}
