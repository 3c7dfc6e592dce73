import { atMostTimes } from './lib/rate-limit';
import { type Actor, type NewEvent, recordEvent } from './store/events';
import type { Store } from './store/store';
import { type Clock, iso } from './lib/time';

/** The audit log is kept for ever, and networks to come from are cheap. */
const mostPerMinute = 10;

/**
 * Records what people and programs do that have not shown who they are, so many events a minute. Of those beyond, only
 * their number is kept, with the next one that is recorded. One recorder for each kind: noise of one hides no other.
 */
export function strangerEvents({ store, now }: { store: Store; now: Clock }) {
  const mayRecord = atMostTimes(mostPerMinute, 60, now);
  let leftOut = 0;
  return async (actor: Actor, event: NewEvent): Promise<void> => {
    if (!mayRecord()) {
      leftOut += 1;
      return;
    }
    const counted = leftOut === 0 ? event : withCount(event, leftOut);
    leftOut = 0;
    await recordEvent(store, actor, counted, iso(now()));
  };
}

function withCount(event: NewEvent, leftOut: number): NewEvent {
  const count = `${leftOut} more before it were not recorded`;
  return { ...event, detail: event.detail === undefined ? count : `${event.detail}; ${count}` };
}
