import { randomUUID } from 'node:crypto';
import type { EventRow } from './schema';
import type { Store } from './store';

/** Who did it: a person at the dashboard, a program with its API key, or the Keeper itself. */
export interface Actor {
  readonly name: string;
  /** Network address of the browser or program; null for the Keeper itself and the command line. */
  readonly address: string | null;
}

export const keeper: Actor = { name: 'keeper', address: null };

export interface NewEvent {
  readonly action: string;
  /** What it was done to, mostly a connection's name. */
  readonly subject: string | null;
  readonly detail?: string;
}

/** Adds a line to the audit log. Never holds a secret. */
export async function recordEvent(store: Store, actor: Actor, event: NewEvent, now: string): Promise<void> {
  await store.db
    .insertInto('events')
    .values({
      id: randomUUID(),
      at: now,
      actor: actor.name,
      address: actor.address,
      action: event.action,
      subject: event.subject,
      detail: event.detail ?? null,
    })
    .execute();
}

export async function recentEvents(store: Store, limit: number): Promise<EventRow[]> {
  return store.db.selectFrom('events').selectAll().orderBy('at', 'desc').orderBy('id').limit(limit).execute();
}
