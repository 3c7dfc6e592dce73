/**
 * Lets `width` pieces of work run at a time and `queue` more wait. Beyond that it throws what `full` returns.
 */
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

  /** The place goes to whoever waits longest, so `running` stays as it is then. */
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/**
 * Reads of the same id that come in one turn of the event loop share one read, which begins after all of them came: so
 * none gets anything older than its call, and a thousand callers at once cost as much as one.
 */
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export type InFlight = ReturnType<typeof createInFlight>;

/** Work that has to end before the program does, although whoever began it may have gone. */
export function createInFlight() {
  const works = new Set<Promise<unknown>>();
  return { track, ended };

  function track<Result>(work: Promise<Result>): Promise<Result> {
    works.add(work);
    const forget = (): void => void works.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Resolves when all that was tracked has ended, well or badly. */
  async function ended(): Promise<void> {
    while (works.size > 0) await Promise.allSettled(works);
  }
}

/** Works off a queue, `width` pieces at a time, and begins no more once `stopped` says so. */
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
