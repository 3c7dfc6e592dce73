import type { Config } from './config/config';
import type { InFlight } from './lib/concurrency';
import { createCounter, createHistogram } from './lib/counters';
import type { Log } from './lib/log';
import type { Outbound } from './lib/outbound';
import type { Clock } from './lib/time';
import { inTransaction as transaction, type OpenStore, type Store } from './store/store';
import type { Zoho } from './zoho/client';

/** What every part of the domain works with: the first argument of its functions. */
export interface Context {
  readonly config: Config;
  readonly store: Store;
  readonly zoho: Zoho;
  readonly outbound: Outbound;
  readonly now: Clock;
  readonly log: Log;
  /** Work that goes on although whoever began it has gone; the program ends after it. */
  readonly inFlight: InFlight;
  readonly counts: Counts;
  /** In a transaction, what is done once it is committed. */
  readonly afterCommit?: (() => void)[];
}

export interface OpenContext extends Context {
  readonly store: OpenStore;
}

/** What this process has done, for /metrics. Results are `ok` or a stable code. */
export type Counts = ReturnType<typeof createCounts>;

export function createCounts() {
  return {
    /** By `result`. */
    refreshes: createHistogram([0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
    /** Token requests of programs, by `result`. */
    tokenRequests: createCounter({ result: 'ok' }),
    /** By `route`, a class of them, and `status`. */
    requests: createCounter(),
    /** Calls of programs to Zoho through the proxy, by `product` and `status`. */
    calls: createCounter(),
    /** Attempts to deliver an alert, by `kind` of target and `result`. */
    deliveries: createCounter(),
  };
}

/** Runs `work` in one transaction, with a context that works in it. No call to Zoho belongs inside. */
export async function inTransaction<Result>(
  context: Context,
  work: (transaction: Context) => Promise<Result>,
): Promise<Result> {
  const afterCommit: (() => void)[] = [];
  const result = await transaction(context.store, (store) => {
    // What an earlier try left is undone.
    afterCommit.length = 0;
    return work({ ...context, store, afterCommit });
  });
  for (const act of afterCommit) act();
  return result;
}
