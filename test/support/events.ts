import { findEvents } from '../../src/store/events';
import type { EventRow } from '../../src/store/schema';
import type { Store } from '../../src/store/store';

/** The latest lines of the audit log, newest first. */
export function recentEvents(store: Store, limit: number): Promise<EventRow[]> {
  return findEvents(store, { action: null, subject: null, actor: null, since: null }, null, limit);
}
