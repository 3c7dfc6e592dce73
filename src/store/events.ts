import { randomUUID } from 'node:crypto';
import type { EventRow } from './schema';
import type { Store } from './store';

export interface Actor {
  readonly name: string;
  /** Address of the browser or program; null for the Keeper itself and the command line. */
  readonly ip: string | null;
}

export interface NewEvent {
  readonly action: string;
  readonly subject: string | null;
  readonly detail?: string;
}

export async function recordEvent(store: Store, actor: Actor, event: NewEvent, now: string): Promise<void> {
  await store.db
    .insertInto('events')
    .values({
      id: randomUUID(),
      at: now,
      actor: actor.name,
      ip: actor.ip,
      action: event.action,
      subject: event.subject,
      detail: event.detail ?? null,
    })
    .execute();
}

export interface EventFilter {
  readonly action: string | null;
  readonly subject: string | null;
  readonly actor: string | null;
  readonly since: string | null;
}

export type EventMark = Pick<EventRow, 'at' | 'id'>;

/** Events that fit, newest first, after `mark` where the page before ended. */
export async function findEvents(
  store: Store,
  filter: EventFilter,
  mark: EventMark | null,
  limit: number,
): Promise<EventRow[]> {
  const { action, subject, actor, since } = filter;
  return store.db
    .selectFrom('events')
    .selectAll()
    .$if(action !== null, (query) => query.where('action', '=', action))
    .$if(subject !== null, (query) => query.where('subject', '=', subject))
    .$if(actor !== null, (query) => query.where('actor', '=', actor))
    .$if(since !== null, (query) => query.where('at', '>=', since ?? ''))
    .$if(mark !== null, (query) =>
      // Both databases begin at this place of an index for a comparison of pairs, and not for `or`.
      query.where(({ eb, refTuple, tuple }) => eb(refTuple('at', 'id'), '<', tuple(mark?.at ?? '', mark?.id ?? ''))),
    )
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export async function knownActions(store: Store): Promise<string[]> {
  // They are few and the table is long: leaping from one to the next reads a row for each, `distinct` would read all.
  const actions: string[] = [];
  for (;;) {
    const next = await store.db
      .selectFrom('events')
      .select('action')
      .where('action', '>', actions.at(-1) ?? '')
      .orderBy('action')
      .limit(1)
      .executeTakeFirst();
    if (!next) return actions;
    actions.push(next.action);
  }
}
