import { type Context, inTransaction } from '../context';
import { addSeconds, iso } from '../lib/time';
import { addAlert, type Audience, countAlerts } from '../store/alerts';
import { countUntold, takeUntold, type Told, type Untold } from '../store/breakages';
import { findConnectionById } from '../store/connections';
import type { ConnectionRow, TargetEvent } from '../store/schema';

/** Why a connection is refused, in words for whoever is told. */
export type Explain = (context: Context, connection: ConnectionRow) => Promise<{ sentence: string; next: string }>;

/** So many alerts of one type in five minutes are alerts of their own; more become one with a list. */
const mostSingle = 3;
const gatherSeconds = 300;
/** Names that are kept with an alert about many. */
const mostNames = 100;

interface Telling extends Untold {
  readonly type: TargetEvent;
  readonly audience: Audience;
}

const tellings: readonly Telling[] = [
  { type: 'connection.broken', what: 'break', isEarly: false, audience: { chose: ['connection.broken'] } },
  { type: 'connection.failing', what: 'break', isEarly: true, audience: { chose: ['connection.failing'] } },
  { type: 'connection.recovered', what: 'end', isEarly: false, audience: { chose: ['connection.recovered'] } },
  {
    type: 'connection.recovered',
    what: 'end',
    isEarly: true,
    // Only who was told that it fails wants to know.
    audience: { chose: ['connection.recovered', 'connection.failing'] },
  },
];

/** Makes alerts of what was noted and not told yet. In an outage the first ones come at once, the others every five minutes. */
export async function tell(context: Context, explain: Explain): Promise<void> {
  for (const telling of tellings) await tellOf(context, telling, explain);
}

async function tellOf(context: Context, telling: Telling, explain: Explain): Promise<void> {
  const { store, now } = context;
  const waiting = await countUntold(store, telling);
  if (waiting === 0) return;
  const time = now();
  const times = { since: iso(addSeconds(time, -gatherSeconds)), now: iso(time) };
  const lately = await countAlerts(store, telling.type, times);
  const areFew = waiting + lately <= mostSingle;
  if (lately > 0 && !areFew) return;
  await inTransaction(context, async (transaction) => {
    const rows = await takeUntold(transaction.store, telling, iso(now()));
    if (rows.length > mostSingle) return tellList(transaction, telling, rows);
    for (const row of rows) await tellOne(transaction, telling, row, explain);
  });
}

async function tellOne(transaction: Context, { type, audience }: Telling, row: Told, explain: Explain): Promise<void> {
  const { store, now } = transaction;
  const connection = await findConnectionById(store, row.connection_id);
  // Whoever deleted it knows.
  if (!connection) return;
  const isBroken = type !== 'connection.recovered';
  const state = isBroken ? row.state : null;
  const words = isBroken ? await explain(transaction, connection) : null;
  await addAlert(store, { type, connection, state, errorCode: row.error_code, words }, audience, iso(now()));
}

async function tellList(transaction: Context, { type, audience }: Telling, rows: readonly Told[]): Promise<void> {
  const { store, now } = transaction;
  const connections = { count: rows.length, first: rows.slice(0, mostNames).map((row) => row.connection_name) };
  const state = type === 'connection.recovered' ? null : common(rows.map((row) => row.state));
  const errorCode = common(rows.map((row) => row.error_code));
  await addAlert(store, { type, connections, state, errorCode }, audience, iso(now()));
}

/** What all are; null where they differ. */
function common<Value>(values: readonly Value[]): Value | null {
  const [first = null] = values;
  return values.every((value) => value === first) ? first : null;
}
