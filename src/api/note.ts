import type { Keeper } from '../keeper';
import { type Actor, type NewEvent, recordEvent } from '../store/events';
import { storageFault } from '../store/faults';
import { iso } from '../lib/time';

/**
 * Records what a program did. A database that cannot be written, on a full disk say, must not stop the programs that
 * only read: a line in the log takes the event's place then.
 */
export async function note({ store, now, log }: Keeper, actor: Actor, event: NewEvent): Promise<void> {
  try {
    await recordEvent(store, actor, event, iso(now()));
  } catch (error) {
    if (storageFault(error) === null) throw error;
    log.warn({ actor: actor.name, ...event }, 'an event could not be recorded');
  }
}
