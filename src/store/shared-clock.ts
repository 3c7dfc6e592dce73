import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import type { Clock } from '../lib/time';
import type { OpenStore } from './store';

/** A look at the database's clock that takes longer, in milliseconds, says too little. */
const longestLook = 1000;

export interface SharedClock {
  readonly now: Clock;
  /** Looks at the database's clock again. Throws when it cannot be asked. */
  set(): Promise<void>;
}

/**
 * The time by which instances compare leases, budgets and the ends of tokens. On PostgreSQL it is the server's, measured now
 * and then and carried on by a clock that nobody puts back; on SQLite all processes have the same computer's clock.
 */
export async function shareClock({ db, file }: OpenStore, own: Clock): Promise<SharedClock> {
  if (file !== null) return { now: own, set: async () => undefined };
  /** Milliseconds between the database's clock and the time since this process began. */
  let ahead: number | null = null;
  await set();
  return { now, set };

  function now(): Date {
    const wrong = ahead === null ? 0 : performance.now() + ahead - Date.now();
    return new Date(own().getTime() + wrong);
  }

  async function set(): Promise<void> {
    const before = performance.now();
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
    const after = performance.now();
    const [row] = rows;
    if (row && (ahead === null || after - before < longestLook)) ahead = row.now.getTime() - (before + after) / 2;
  }
}
