import crypto from 'node:crypto';
import timers from 'node:timers/promises';
import type { Random } from './random';

/** Whose timers and answers may be held up, or never come. */
export interface Owner {
  /** Milliseconds of virtual time. */
  frozenUntil: number;
  isDead: boolean;
}

interface Task {
  readonly time: number;
  readonly order: number;
  readonly owner: Owner | null;
  readonly act: () => void;
  isCancelled: boolean;
}

export interface VirtualTime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Who is at work: of all that is begun while a task runs, its owner is the owner. */
  current(): Owner | null;
  after(milliseconds: number, owner: Owner | null, act: () => void): void;
  /** Lets everything happen that is due by then. */
  run(until: number): Promise<void>;
  /** Gives the real time back. */
  restore(): void;
}

const nextTurn = setImmediate;

/**
 * Takes the place of the clock, of all timers and of chance in this process. One task runs at a time, until nothing is left
 * to do but wait; so the same seed always gives the same order.
 */
export function createVirtualTime(begin: number, random: Random): VirtualTime {
  // The next one stands last.
  const tasks: Task[] = [];
  let now = begin;
  let order = 0;
  let current: Owner | null = null;
  const undo = replace(
    timeOf(after, () => now),
    random,
  );
  return { now: () => now, current: () => current, after, run, restore: undo };

  function after(milliseconds: number, owner: Owner | null, act: () => void): Task {
    const wait = Number.isFinite(milliseconds) ? Math.max(0, Math.ceil(milliseconds)) : 0;
    return put({ time: now + wait, order: order++, owner, act, isCancelled: false });
  }

  function put(task: Task): Task {
    let [low, high] = [0, tasks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = tasks[middle];
      if (other && (other.time > task.time || (other.time === task.time && other.order > task.order))) low = middle + 1;
      else high = middle;
    }
    tasks.splice(low, 0, task);
    return task;
  }

  async function run(until: number): Promise<void> {
    for (let task = tasks.at(-1); task && task.time <= until; task = tasks.at(-1)) {
      tasks.pop();
      if (task.isCancelled || task.owner?.isDead) continue;
      if (task.owner && task.owner.frozenUntil > task.time) {
        put({ ...task, time: task.owner.frozenUntil });
        continue;
      }
      now = task.time;
      current = task.owner;
      task.act();
      await new Promise((resolve) => void nextTurn(resolve));
    }
    current = null;
    now = until;
  }

  type After = typeof after;

  function timeOf(put: After, clock: () => number) {
    const mine = (milliseconds: number, act: () => void): Task => put(milliseconds, current, act);
    const repeat = (milliseconds: number, act: () => void): Task => {
      const handle = mine(milliseconds, () => {
        act();
        if (!handle.isCancelled) Object.assign(handle, { again: repeat(milliseconds, act) });
      });
      return handle;
    };
    const cancel = (task: unknown): void => {
      for (let next: unknown = task; typeof next === 'object' && next !== null; next = Reflect.get(next, 'again'))
        Object.assign(next, { isCancelled: true });
    };
    const handleOf = (task: Task) => Object.assign(task, { unref: () => task, ref: () => task });
    return {
      global: {
        setTimeout: (act: () => void, milliseconds = 0) => handleOf(mine(Math.max(1, milliseconds), act)),
        setInterval: (act: () => void, milliseconds = 0) => handleOf(repeat(milliseconds, act)),
        clearTimeout: cancel,
        clearInterval: cancel,
      },
      promises: {
        setTimeout: (milliseconds = 0) =>
          new Promise<void>((resolve) => void mine(Math.max(1, milliseconds), () => resolve())),
        setImmediate: () => new Promise<void>((resolve) => void mine(0, () => resolve())),
      },
      clock,
      timeout(milliseconds: number) {
        const controller = new AbortController();
        mine(milliseconds, () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')));
        return controller.signal;
      },
    };
  }
}

type Replacement = Readonly<Record<string, PropertyDescriptor | undefined>>;

/** Returns what undoes it. */
function replace(
  time: {
    global: object;
    promises: object;
    clock: () => number;
    timeout: (milliseconds: number) => AbortSignal;
  },
  random: Random,
): () => void {
  const uuid = (): string => {
    const hex = random.bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  const chance = {
    randomUUID: uuid,
    randomBytes: (count: number) => random.bytes(count),
    randomInt: (low: number, high?: number) =>
      high === undefined ? random.whole(low) : low + random.whole(high - low),
  };
  const changes: readonly (readonly [object, object])[] = [
    [globalThis, time.global],
    [timers, time.promises],
    [Date, { now: time.clock }],
    [performance, { now: time.clock }],
    [AbortSignal, { timeout: time.timeout }],
    [Math, { random: () => random.next() }],
    [crypto, chance],
  ];
  const before = changes.map(([target, members]): readonly [object, Replacement] => {
    const known = Object.keys(members).map((name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const);
    for (const [name, value] of Object.entries(members))
      Object.defineProperty(target, name, { value, configurable: true, writable: true });
    return [target, Object.fromEntries(known)];
  });
  return () => {
    for (const [target, members] of before)
      for (const [name, descriptor] of Object.entries(members)) {
        if (descriptor) Object.defineProperty(target, name, descriptor);
        else Reflect.deleteProperty(target, name);
      }
  };
}
