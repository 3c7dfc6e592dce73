import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets `width` pieces of work run at a time and `queue` more wait. Beyond that it throws what `full` returns. */
export function createSemaphore(width: number, queue: number, full: () => Error) {
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
    if (waiting.length >= queue) throw full();
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** Hands the place to whoever has waited longest, so `running` stays as it is. */
  function leave(): void {
    const next = waiting.shift();
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
