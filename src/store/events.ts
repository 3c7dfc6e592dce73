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

export function recordEvent(store: Store, actor: Actor, event: NewEvent, now: string): Promise<void> {
  return recordEvents(store, actor, [event], now);
}

export async function recordEvents(
  store: Store,
  actor: Actor,
  events: readonly NewEvent[],
  now: string,
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ action, subject, detail }) => ({
    id: randomUUID(),
    at: now,
    actor: actor.name,
    ip: actor.ip,
    action,
    subject,
    detail: detail ?? null,
  }));
  await store.db.insertInto('events').values(rows).execute();
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

/** The oldest events of before `time`, for one of any number of instances at a time. Belongs in a transaction. */
export async function takeEventsBefore(store: Store, time: string, limit: number): Promise<EventRow[]> {
  // A row that each of them writes first: PostgreSQL lets the others wait for it, SQLite for the whole transaction.
  await store.db
    .insertInto('meta')
    .values({ key: 'events:archived', value: time })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: time }))
    .execute();
  return store.db
    .selectFrom('events')
    .selectAll()
    .where('at', '<', time)
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Returns the seals that they had. */
export async function deleteEvents(store: Store, events: readonly EventRow[]): Promise<string[]> {
  const ids = events.map(({ id }) => id);
  const rows = await store.db.deleteFrom('events').where('id', 'in', ids).returning('seal').execute();
  return [...new Set(rows.flatMap(({ seal }) => seal ?? []))];
}

export async function oldestEvent(store: Store): Promise<EventMark | undefined> {
  return store.db.selectFrom('events').select(['at', 'id']).orderBy('at').limit(1).executeTakeFirst();
}
