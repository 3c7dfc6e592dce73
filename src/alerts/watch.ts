import { byKeeper, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { addSeconds, iso } from '../lib/time';
import {
  addAlert,
  beginBreakage,
  endBreakage,
  failingSince,
  inTrouble,
  listBreakages,
  type NewAlert,
} from '../store/alerts';
import { findConnectionById } from '../store/connections';
import type { AlertType, BreakageState, ConnectionRow } from '../store/schema';
import { listWebhooks } from '../store/webhooks';

/** Seconds for which refreshes must fail, with no valid token left, before somebody is told. */
const toleranceSeconds = 15 * 60;

interface Breakage {
  readonly state: BreakageState;
  readonly errorCode: string;
}

/** Why a connection is refused, in words for whoever is told. */
export type Explain = (context: Context, connection: ConnectionRow) => Promise<{ sentence: string; next: string }>;

/** Announces breaks and recoveries. What was announced is a row, so that any number of instances announce it once. */
export async function watch(context: Context, explain: Explain): Promise<void> {
  const { store, now } = context;
  const [troubled, announced] = [await inTrouble(store, iso(now())), await listBreakages(store)];
  const states = new Map(announced.map((row) => [row.connection_id, row.state]));
  for (const connection of troubled) {
    const breakage = await breakageOf(context, connection);
    if (breakage !== null && isNews(breakage.state, states.get(connection.id))) {
      await announceBreak(context, connection.id, explain);
    }
  }
  const still = new Set(troubled.map((connection) => connection.id));
  for (const { connection_id: id, error_code: errorCode } of announced) {
    if (!still.has(id)) await announceEnd(context, id, errorCode);
  }
}

async function announceBreak(context: Context, id: string, explain: Explain): Promise<void> {
  const announced = await inTransaction(context, async (transaction) => {
    // Read again in the transaction: it may have recovered since.
    const connection = await findConnectionById(transaction.store, id);
    const breakage = connection ? await breakageOf(transaction, connection) : null;
    if (!connection || breakage === null) return null;
    const { state, errorCode } = breakage;
    const row = { connection_id: id, state, error_code: errorCode, since: iso(context.now()) };
    if (!(await beginBreakage(transaction.store, row))) return null;
    const words = await explain(transaction, connection);
    await announce(transaction, 'connection.broken', connection, { ...breakage, words });
    return { connection: connection.name, state, error_code: errorCode };
  });
  if (announced !== null) context.log.warn(announced, 'connection broken');
}

async function announceEnd(context: Context, id: string, errorCode: string): Promise<void> {
  const announced = await inTransaction(context, async (transaction) => {
    const connection = await findConnectionById(transaction.store, id);
    const recovered = connection?.status === 'active' && connection.error_code === null;
    // A connection that fails but still has a token is neither broken nor well: it stays announced.
    if (connection?.status === 'active' && !recovered) return null;
    if (connection?.status === 'needs_reconnect') return null;
    if (!(await endBreakage(transaction.store, id))) return null;
    // Whoever disconnected or deleted it knows.
    if (!connection || !recovered) return null;
    await announce(transaction, 'connection.recovered', connection, { state: null, errorCode });
    return { connection: connection.name, error_code: errorCode };
  });
  if (announced !== null) context.log.info(announced, 'connection recovered');
}

async function announce(
  transaction: Context,
  type: AlertType,
  connection: ConnectionRow,
  { state, errorCode, words = null }: Pick<NewAlert, 'state' | 'words'> & { errorCode: string },
): Promise<void> {
  const { store, now } = transaction;
  const webhookIds = (await listWebhooks(store)).map((webhook) => webhook.id);
  await addAlert(store, { type, connection, state, errorCode, words }, webhookIds, iso(now()));
  await record(transaction, byKeeper, { action: type.replace('.', '_'), subject: connection.name, detail: errorCode });
}

async function breakageOf({ store, now }: Context, connection: ConnectionRow): Promise<Breakage | null> {
  const { status, error_code: errorCode, access_token_expires_at: expiresAt } = connection;
  if (status === 'needs_reconnect') return { state: 'needs_reconnect', errorCode: errorCode ?? 'invalid_code' };
  const withoutToken = expiresAt === null || expiresAt <= iso(now());
  if (status !== 'active' || errorCode === null || !withoutToken) return null;
  const since = await failingSince(store, connection);
  const longEnough = since !== null && since <= iso(addSeconds(now(), -toleranceSeconds));
  return longEnough ? { state: 'failing', errorCode } : null;
}

/** A failing connection may turn out to need a person, which is announced too. */
function isNews(state: BreakageState, announced: BreakageState | undefined): boolean {
  return announced === undefined || (announced === 'failing' && state === 'needs_reconnect');
}
