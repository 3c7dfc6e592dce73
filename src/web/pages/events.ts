import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Request, type Response } from 'express';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { type EventFilter, type EventMark, findEvents, knownActions } from '../../audit';
import type { EventRow } from '../../store/schema';
import type { Store } from '../../store/store';
import { actionWords, detailWords, eventWords } from '../views/event-words';
import { parameter } from '../input';
import { type EventView, show } from '../render';
import { moment } from '../words';

const pageLength = 50;
/** Rows read at a time for the JSON lines. */
const batchLength = 500;

/** The audit log, to look at and to take away. No route changes or deletes what is in it. */
export function eventRoutes({ store, signIn, now }: Keeper): Router {
  const router = Router();
  router.get('/events', showEvents);
  router.get('/events.jsonl', sendLines);
  return router;

  async function showEvents(req: Request, res: Response): Promise<void> {
    const typed = typedFilter(req);
    const filter = filterOf(typed);
    const mark = markOf(parameter(req, 'after'));
    if (filter === null) res.status(400);
    const rows = filter === null ? [] : await findEvents(store, filter, mark, pageLength + 1);
    const page = rows.slice(0, pageLength);
    const last = rows.length > pageLength ? page.at(-1) : undefined;
    const actions = await knownActions(store);
    show(res, 'events', {
      events: page.map((row) => eventView(row, now())),
      filter: typed,
      problem: filter === null ? sinceRule : null,
      actions: actions.map((value) => ({ value, label: actionWords(value) })),
      older: last ? address('/events', { ...typed, after: `${last.at}_${last.id}` }) : null,
      newest: mark === null ? null : address('/events', typed),
      lines: address('/events.jsonl', typed),
      canSignOutAll: signIn.isRequired,
    });
  }

  async function sendLines(req: Request, res: Response): Promise<void> {
    const filter = filterOf(typedFilter(req));
    if (filter === null) throw new Problem(400, 'invalid_request', 'That time cannot be read.', sinceRule);
    // Read before the answer begins, so that a database that is out of reach is told by a status.
    const first = await findEvents(store, filter, null, batchLength);
    res.attachment('events.jsonl').type('application/x-ndjson; charset=utf-8');
    // No batches are read ahead for somebody who reads slowly.
    await pipeline(Readable.from(linesOf(store, filter, first), { highWaterMark: 1 }), res);
  }
}

async function* linesOf(store: Store, filter: EventFilter, first: EventRow[]): AsyncGenerator<string> {
  let rows = first;
  for (;;) {
    yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const last = rows.at(-1);
    if (!last || rows.length < batchLength) return;
    rows = await findEvents(store, filter, last, batchLength);
  }
}

type Typed = Record<'action' | 'subject' | 'actor' | 'since', string>;

function typedFilter(req: Request): Typed {
  const text = (name: string): string => parameter(req, name)?.trim() ?? '';
  return { action: text('action'), subject: text('subject'), actor: text('actor'), since: text('since') };
}

const sinceRule = 'Write a day (2026-11-23) or a time (2026-11-23T10:00:00Z), UTC.';

/** Null when the time cannot be read. */
function filterOf({ action, subject, actor, since }: Typed): EventFilter | null {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(since) && !Number.isNaN(Date.parse(since));
  if (since !== '' && !isTime) return null;
  return {
    action: action || null,
    subject: subject || null,
    actor: actor || null,
    since: since === '' ? null : new Date(since).toISOString(),
  };
}

/** Where the page before ended, as its link said. */
function markOf(text: string | undefined): EventMark | null {
  const [, at, id] = /^([\d:.TZ-]{24})_([\da-f-]{36})$/.exec(text ?? '') ?? [];
  return at === undefined || id === undefined ? null : { at, id };
}

function address(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')).toString();
  return query === '' ? path : `${path}?${query}`;
}

function eventView(row: EventRow, now: Date): EventView {
  return {
    at: moment(row.at, now),
    time: `${row.at.slice(0, 10)} ${row.at.slice(11, 19)}`,
    words: eventWords(row),
    detail: detailWords(row),
    subject: row.subject === null ? null : { name: row.subject, href: address('/events', { subject: row.subject }) },
    actor: row.actor,
    ip: row.ip,
  };
}
