import { setImmediate as nextTurn } from 'node:timers/promises';
import { byKeeper, recordAll } from '../audit';
import { type Context, inTransaction } from '../context';
import { addSeconds, iso } from '../lib/time';
import { targetsWith } from '../store/alerts';
import {
  batch,
  type Noted,
  noteEnds,
  noteState,
  type Open,
  oldestOpen,
  openAfter,
  type Times,
  type Troubled,
  troubledAfter,
} from '../store/breakages';
import type { BreakageState } from '../store/schema';
import { type Explain, tell } from './tell';

export { countBroken, recentBreakages } from '../store/breakages';

/** Seconds for which refreshes must fail, with no valid token left, before somebody is told. */
const toleranceSeconds = 15 * 60;
/** Failures in a row after which somebody is told while the last token still lives, which is five minutes at most. */
const stumbles = 2;

/** Notes breaks and recoveries, and tells of them. What is noted and told are rows: any number of instances does it once. */
export async function watch(context: Context, explain: Explain): Promise<void> {
  const { store } = context;
  const tellsEarly = (await targetsWith(store, ['connection.failing'])).length > 0;
  const isNews = ({ state, noted }: Troubled): boolean =>
    state !== null && (state !== 'stumbling' || tellsEarly) && rank(state) > rank(noted);
  await inPages(
    (after) => troubledAfter(store, after, timesOf(context)),
    ({ id }) => id,
    (page) => noteBreaks(context, page.filter(isNews)),
  );
  await inPages(
    (after) => openAfter(store, after),
    ({ connection_id: id }) => id,
    (page) => noteAllEnds(context, page),
  );
  await tell(context, explain);
}

/** Since when the connection that has been broken for longest is; null when none is. */
export async function oldestFailure({ store }: Context): Promise<Date | null> {
  const since = await oldestOpen(store);
  return since === null ? null : new Date(since);
}

function rank(state: BreakageState | null): number {
  return state === null ? 0 : ['stumbling', 'failing', 'needs_reconnect'].indexOf(state) + 1;
}

/** A page at a time. SQLite answers at once, so others would not get their turn in between without a pause. */
async function inPages<Row>(
  read: (after: string) => Promise<Row[]>,
  idOf: (row: Row) => string,
  work: (page: Row[]) => Promise<void>,
): Promise<void> {
  for (let last: string | undefined = ''; last !== undefined;) {
    const page: Row[] = await read(last);
    await work(page);
    const end: Row | undefined = page[batch - 1];
    last = end && idOf(end);
    if (last !== undefined) await nextTurn();
  }
}

function timesOf({ now }: Context): Times {
  const time = now();
  return { now: iso(time), failedBefore: iso(addSeconds(time, -toleranceSeconds)), stumbles };
}

async function noteBreaks(context: Context, page: readonly Troubled[]): Promise<void> {
  for (const state of ['needs_reconnect', 'failing', 'stumbling'] as const) {
    const ids = page.filter((row) => row.state === state).map(({ id }) => id);
    const action = state === 'stumbling' ? 'connection_failing' : 'connection_broken';
    await note(context, action, ids, (store) => noteState(store, state, ids, timesOf(context)));
  }
}

async function noteAllEnds(context: Context, page: readonly Open[]): Promise<void> {
  const idsOf = (end: Open['end']): string[] => page.filter((row) => row.end === end).map((row) => row.connection_id);
  const [recovered, gone, time] = [idsOf('recovered'), idsOf('gone'), iso(context.now())];
  await note(context, 'connection_recovered', recovered, (store) => noteEnds(store, 'recovered', recovered, time));
  // Whoever disconnected or deleted them knows, and recorded it.
  if (gone.length > 0) await noteEnds(context.store, 'gone', gone, time);
}

async function note(
  context: Context,
  action: string,
  ids: readonly string[],
  change: (store: Context['store']) => Promise<Noted[]>,
): Promise<void> {
  if (ids.length === 0) return;
  const rows = await inTransaction(context, async (transaction) => {
    const noted = await change(transaction.store);
    const events = noted.map((row) => ({ action, subject: row.connection_name, detail: row.error_code }));
    await recordAll(transaction, byKeeper, events);
    return noted;
  });
  logNoted(context, action, rows);
}

/** A line for each, unless they are many. */
const mostLines = 10;

function logNoted({ log }: Context, action: string, rows: readonly Noted[]): void {
  const level = action === 'connection_recovered' ? 'info' : 'warn';
  const words = action.replace('_', ' ');
  const first = rows.slice(0, mostLines);
  if (rows.length > first.length) {
    log[level]({ connections: rows.length, first: first.map((row) => row.connection_name) }, words);
    return;
  }
  for (const row of rows) {
    log[level]({ connection: row.connection_name, state: row.state, error_code: row.error_code }, words);
  }
}
