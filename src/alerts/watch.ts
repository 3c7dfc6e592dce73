import type { Log } from '../lib/log';
import { addAlert, beginBreakage, endBreakage, failingSince, inTrouble, listBreakages } from '../store/alerts';
import { findConnectionById } from '../store/connections';
import { keeper, recordEvent } from '../store/events';
import type { AlertType, BreakageState, ConnectionRow } from '../store/schema';
import { inTransaction, type Store } from '../store/store';
import { listWebhooks } from '../store/webhooks';
import { type Clock, iso, later } from '../lib/time';

/** How long refreshes have to fail, with no living token left, before somebody is told; in seconds. */
const toleranceSeconds = 15 * 60;

interface Breakage {
  readonly state: BreakageState;
  readonly code: string;
}

export type Alerts = ReturnType<typeof createAlerts>;

/**
 * Tells when a connection breaks and when it works again: in the log, in the audit log and to webhooks. What was
 * announced stands in a row for each connection, so that any number of instances announce it once.
 */
export function createAlerts({ store, now, log }: { store: Store; now: Clock; log: Log }) {
  return { watch };

  /** Compares what is with what was announced. */
  async function watch(): Promise<void> {
    const [troubled, announced] = [await inTrouble(store, iso(now())), await listBreakages(store)];
    const states = new Map(announced.map((row) => [row.connection_id, row.state]));
    for (const connection of troubled) {
      const breakage = await breakageOf(store, connection);
      if (breakage !== null && isNews(breakage.state, states.get(connection.id))) await announceBreak(connection.id);
    }
    const still = new Set(troubled.map((connection) => connection.id));
    for (const { connection_id: id, code } of announced) if (!still.has(id)) await announceEnd(id, code);
  }

  async function announceBreak(id: string): Promise<void> {
    const announced = await inTransaction(store, async (transaction) => {
      // Read within the transaction: it may have recovered since, and then nothing is to be said.
      const connection = await findConnectionById(transaction, id);
      const breakage = connection ? await breakageOf(transaction, connection) : null;
      if (!connection || breakage === null) return null;
      const row = { connection_id: id, ...breakage, since: iso(now()) };
      if (!(await beginBreakage(transaction, row))) return null;
      await announce(transaction, 'connection.broken', connection, breakage);
      return { connection: connection.name, ...breakage };
    });
    if (announced !== null) log.warn(announced, 'connection broken');
  }

  async function announceEnd(id: string, code: string): Promise<void> {
    const announced = await inTransaction(store, async (transaction) => {
      const connection = await findConnectionById(transaction, id);
      const recovered = connection?.status === 'active' && connection.problem === null;
      // A connection in trouble that still has a token is neither broken nor well: it stays announced.
      if (connection?.status === 'active' && !recovered) return null;
      if (connection?.status === 'needs_reconnect') return null;
      if (!(await endBreakage(transaction, id))) return null;
      // Somebody disconnected or deleted it, and knows.
      if (!connection || !recovered) return null;
      await announce(transaction, 'connection.recovered', connection, { state: null, code });
      return { connection: connection.name, code };
    });
    if (announced !== null) log.info(announced, 'connection recovered');
  }

  async function announce(
    transaction: Store,
    type: AlertType,
    connection: ConnectionRow,
    { state, code }: { state: BreakageState | null; code: string },
  ): Promise<void> {
    const webhookIds = (await listWebhooks(transaction)).map((webhook) => webhook.id);
    await addAlert(transaction, { type, connection, state, code }, webhookIds, iso(now()));
    const event = { action: type.replace('.', '_'), subject: connection.name, detail: code };
    await recordEvent(transaction, keeper, event, iso(now()));
  }

  /** In what way a connection is broken; null when it is not, or not long enough. */
  async function breakageOf(from: Store, connection: ConnectionRow): Promise<Breakage | null> {
    const { status, problem, access_token_expires_at: expiresAt } = connection;
    if (status === 'needs_reconnect') return { state: 'needs_reconnect', code: problem ?? 'invalid_code' };
    const withoutToken = expiresAt === null || expiresAt <= iso(now());
    if (status !== 'active' || problem === null || !withoutToken) return null;
    const since = await failingSince(from, connection);
    const longEnough = since !== null && since <= iso(later(now(), -toleranceSeconds));
    return longEnough ? { state: 'failing', code: problem } : null;
  }
}

/** Whether this state is to be announced after that one: a failing connection may turn out to need a person. */
function isNews(state: BreakageState, announced: BreakageState | undefined): boolean {
  return announced === undefined || (announced === 'failing' && state === 'needs_reconnect');
}
