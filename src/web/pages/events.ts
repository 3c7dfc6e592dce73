import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Request, type Response } from 'express';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { type EventFilter, type EventMark, findEvents, knownActions } from '../../audit';
import type { EventRow } from '../../store/schema';
import type { Store } from '../../store/store';
import { parameter } from '../input';
import { show } from '../render';
import { eventsView, keyNamesIn, type TypedFilter } from '../views/events';

const pageLength = 50;
const batchLength = 500;

export function eventRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/events', (req, res) => showEvents(keeper, req, res));
  router.get('/events.jsonl', (req, res) => sendLines(keeper, req, res));
  return router;
}

async function showEvents({ store, now }: Keeper, req: Request, res: Response): Promise<void> {
  const typed = typedFilter(req);
  const mark = markOf(parameter(req, 'after'));
  const filter = filterOf(typed);
  if (filter === null) res.status(400);
  // One more than is shown tells whether there are older events.
  const found = filter === null ? [] : await findEvents(store, filter, mark, pageLength + 1);
  const rows = found.slice(0, pageLength);
  const page = {
    rows,
    names: await keyNamesIn(store, rows),
    last: found.length > pageLength ? rows.at(-1) : undefined,
    isFirstPage: mark === null,
    problem: filter === null ? sinceRule : null,
    actions: await knownActions(store),
  };
  show(res, 'events', eventsView(page, typed, now()));
}

async function sendLines({ store }: Keeper, req: Request, res: Response): Promise<void> {
  const filter = filterOf(typedFilter(req));
  if (filter === null) throw new Problem(400, 'invalid_request', 'That time cannot be read.', sinceRule);
  // Read before the answer begins, so that a database out of reach still gets its status.
  const first = await findEvents(store, filter, null, batchLength);
  res.attachment('events.jsonl').type('application/x-ndjson; charset=utf-8');
  // No batches are read ahead for somebody who reads slowly.
  await pipeline(Readable.from(linesOf(store, filter, first), { highWaterMark: 1 }), res);
}

async function* linesOf(store: Store, filter: EventFilter, first: EventRow[]): AsyncGenerator<string> {
  let rows = first;
  for (;;) {
    // The seal is for `doctor` alone.
    yield rows.map(({ seal: _seal, ...event }) => `${JSON.stringify(event)}\n`).join('');
    const last = rows.at(-1);
    if (!last || rows.length < batchLength) return;
    rows = await findEvents(store, filter, last, batchLength);
  }
}

function typedFilter(req: Request): TypedFilter {
  const text = (name: string): string => parameter(req, name)?.trim() ?? '';
  return { action: text('action'), subject: text('subject'), actor: text('actor'), since: text('since') };
}

const sinceRule = 'Write a day (2026-11-23) or a time (2026-11-23T10:00:00Z), UTC.';

function filterOf({ action, subject, actor, since }: TypedFilter): EventFilter | null {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(since) && !Number.isNaN(Date.parse(since));
  if (since !== '' && !isTime) return null;
  return {
    action: action || null,
    subject: subject || null,
    actor: actor || null,
    since: since === '' ? null : new Date(since).toISOString(),
  };
}

function markOf(text: string | undefined): EventMark | null {
  const [, at, id] = /^([\d:.TZ-]{24})_([\da-f-]{36})$/.exec(text ?? '') ?? [];
  return at === undefined || id === undefined ? null : { at, id };
}
