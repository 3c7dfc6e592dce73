import { performance } from 'node:perf_hooks';
import type { Context } from '../context';
import { keepBusy } from '../lib/concurrency';
import { describeError } from '../lib/errors';
import { Problem } from '../lib/problem';
import { addSeconds, iso } from '../lib/time';
import { type Claiming, claimDoubtful, claimInUse, claimUnchecked } from '../store/due';
import type { ConnectionRow } from '../store/schema';
import type { Tokens } from './tokens';

/** A token in use is replaced so long before its end; up to a quarter of its life sooner, to spread what was made together. */
const marginSeconds = 300;
const inUseSeconds = 24 * 3600;
/** How often Zoho is asked about a connection that nobody uses, so that a break is noticed. */
const checkSeconds = 24 * 3600;
/** However short tokens live, they are not replaced more often than this: the budget belongs to programs first. */
const pauseSeconds = 300;
/** After so many failures, the daily look is enough for a connection that nobody uses. */
const stumbles = 12;
/** Longer than the wait for a turn and the refresh. What an instance that died had claimed waits for as long. */
const claimSeconds = 45;
/** So many refreshes a second are to be made, however long Zoho takes for one. */
const perSecond = 80;
const fewest = 4;
/** What nobody uses has a whole day. */
const checksAtOnce = 4;

export type Schedule = ReturnType<typeof createSchedule>;

/**
 * Keeps tokens that are in use from running out (`tick`), and looks at idle ones once a day (`look`). Instances share the
 * work: each claims as much as it can do at once, and what one that died had claimed is free again after a while.
 */
export function createSchedule({ config, store, now, log }: Context, tokens: Tokens) {
  let stopped = false;
  /** What a refresh has taken of late, in seconds. */
  let pace = 0.3;
  return { tick, look, stop };

  /** Works off all that is due. Each claim looks anew, so tokens in use never wait for others. */
  function tick(): Promise<void> {
    return keepBusy(
      width,
      (most) => claimDue({ store, now }, most),
      work,
      () => stopped,
    );
  }

  function look(): Promise<void> {
    const take = (most: number): Promise<ConnectionRow[]> => {
      const times = { ...claiming(now()), checkedBefore: iso(addSeconds(now(), -checkSeconds)) };
      return claimUnchecked(store, times, most);
    };
    return keepBusy(
      () => checksAtOnce,
      take,
      work,
      () => stopped,
    );
  }

  function stop(): void {
    stopped = true;
  }

  /** Slow answers need more places for the same work. */
  function width(): number {
    return Math.min(config.callsAtOnce, Math.max(fewest, Math.ceil(perSecond * pace)));
  }

  async function work(connection: ConnectionRow): Promise<void> {
    const began = performance.now();
    try {
      await tokens.renew(connection);
    } catch (error) {
      // What a Problem means is in the row already, and the refresh was logged.
      if (error instanceof Problem) return;
      log.error({ connection: connection.name, ...describeError(error) }, 'a scheduled refresh failed');
    } finally {
      pace += ((performance.now() - began) / 1000 - pace) / 8;
    }
  }
}

async function claimDue({ store, now }: Pick<Context, 'store' | 'now'>, most: number): Promise<ConnectionRow[]> {
  const time = now();
  const times = {
    ...claiming(time),
    usedSince: iso(addSeconds(time, -inUseSeconds)),
    endingBy: iso(addSeconds(time, marginSeconds)),
    restedSince: iso(addSeconds(time, -pauseSeconds)),
    stumbles,
  };
  const inUse = await claimInUse(store, times, most);
  if (inUse.length === most) return inUse;
  return [...inUse, ...(await claimDoubtful(store, times, most - inUse.length))];
}

function claiming(time: Date): Claiming {
  return { now: iso(time), until: iso(addSeconds(time, claimSeconds)) };
}

/** When the token of a connection in use is replaced; null when that waits until somebody asks. */
export function renewalOf({ status, renew_by: renewBy, used_at: usedAt }: ConnectionRow, now: Date): Date | null {
  const isInUse = usedAt !== null && usedAt > iso(addSeconds(now, -inUseSeconds));
  return status === 'active' && renewBy !== null && isInUse ? addSeconds(new Date(renewBy), -marginSeconds) : null;
}
