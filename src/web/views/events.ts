import { apiKeyIdOf, findEvents } from '../../audit';
import { keyNames } from '../../auth/api-keys';
import type { EventRow } from '../../store/schema';
import type { Store } from '../../store/store';
import { actionWords, detailWords, eventWords } from './event-words';
import { moment, type Moment } from '../words';

export type TypedFilter = Record<'action' | 'subject' | 'actor' | 'since', string>;

export interface EventsView {
  events: EventView[];
  filter: TypedFilter;
  problem: string | null;
  actions: { value: string; label: string }[];
  /** URLs of the next page, the first page, and the same events as JSON lines. */
  older: string | null;
  newest: string | null;
  lines: string;
}

export interface EventView {
  id: string;
  at: Moment;
  words: string;
  detail: string | null;
  subject: Linked | null;
  actor: Linked;
  ip: string | null;
}

/** Leads to all events of the same. */
interface Linked {
  name: string;
  href: string;
}

export interface FoundEvents {
  readonly rows: readonly EventRow[];
  /** Of the API keys in these rows, by id. */
  readonly names: ReadonlyMap<string, string>;
  /** The last of them, when there are older ones. */
  readonly last: EventRow | undefined;
  readonly isFirstPage: boolean;
  readonly problem: string | null;
  readonly actions: readonly string[];
}

export function eventsView(found: FoundEvents, filter: TypedFilter, now: Date): EventsView {
  const { rows, names, last, isFirstPage, problem, actions } = found;
  return {
    events: rows.map((row) => eventView(row, names, now)),
    filter,
    problem,
    actions: actions.map((value) => ({ value, label: actionWords(value) })),
    older: last ? urlOf('/events', { ...filter, after: `${last.at}_${last.id}` }) : null,
    newest: isFirstPage ? null : urlOf('/events', filter),
    lines: urlOf('/events.jsonl', filter),
  };
}

/** The latest events of a connection. */
export async function recentEventViews(store: Store, subject: string, limit: number, now: Date): Promise<EventView[]> {
  const rows = await findEvents(store, { action: null, subject, actor: null, since: null }, null, limit);
  const names = await keyNamesIn(store, rows);
  return rows.map((row) => eventView(row, names, now));
}

/** What people call the API keys that these events are by. */
export function keyNamesIn(store: Store, rows: readonly EventRow[]): Promise<ReadonlyMap<string, string>> {
  return keyNames(store, [...new Set(rows.flatMap((row) => keyIdOf(row) ?? []))]);
}

function keyIdOf({ actor, ip }: EventRow): string | null {
  return apiKeyIdOf({ name: actor, ip });
}

function eventView(row: EventRow, names: ReadonlyMap<string, string>, now: Date): EventView {
  const key = names.get(keyIdOf(row) ?? '');
  return {
    id: row.id,
    at: moment(row.at, now),
    words: eventWords(row),
    detail: detailWords(row),
    subject: row.subject === null ? null : { name: row.subject, href: urlOf('/events', { subject: row.subject }) },
    actor: { name: key === undefined ? row.actor : `key ${key}`, href: urlOf('/events', { actor: row.actor }) },
    ip: row.ip,
  };
}

function urlOf(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')).toString();
  return query === '' ? path : `${path}?${query}`;
}
