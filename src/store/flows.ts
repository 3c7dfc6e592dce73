import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { digest } from '../lib/secrets';
import { forgetRows } from './forget';
import type { FlowRow, FlowStatus } from './schema';
import type { DataCenterCode } from '../zoho/data-centers';
import type { Store } from './store';

export interface NewFlow {
  readonly state: string;
  readonly sessionId: string;
  readonly connectionName: string;
  readonly clientId: string;
  readonly dataCenter: DataCenterCode;
  readonly scopes: readonly string[];
  /** Empty where a code is exchanged without one. */
  readonly redirectUri: string;
  readonly verifier: string | null;
  readonly linkId: string | null;
}

/**
 * Writes down that somebody is being sent to Zoho. The state itself is not stored, only its digest. False when there is
 * a flow with this state.
 */
export async function addFlow(store: Store, flow: NewFlow, now: string): Promise<boolean> {
  const id = randomUUID();
  const { numInsertedOrUpdatedRows } = await store.db
    .insertInto('flows')
    .values({
      id,
      state_digest: digest(flow.state),
      session_digest: digest(flow.sessionId),
      status: 'issued',
      connection_name: flow.connectionName,
      client_id: flow.clientId,
      data_center: flow.dataCenter,
      asked_data_center: flow.dataCenter,
      scopes: flow.scopes.join(' '),
      redirect_uri: flow.redirectUri,
      verifier_sealed:
        flow.verifier === null ? null : store.cipher.seal(flow.verifier, { column: 'flows.verifier', row: id }),
      code_sealed: null,
      answer_sealed: null,
      error_code: null,
      dismissed_at: null,
      created_at: now,
      updated_at: now,
      link_id: flow.linkId,
    })
    .onConflict((conflict) => conflict.column('state_digest').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findFlowByState(store: Store, state: string): Promise<FlowRow | undefined> {
  return store.db.selectFrom('flows').selectAll().where('state_digest', '=', digest(state)).executeTakeFirst();
}

export async function findFlow(store: Store, id: string): Promise<FlowRow | undefined> {
  return store.db.selectFrom('flows').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The last attempt of a browser session to connect by a link. */
export async function lastFlowOf(store: Store, linkId: string, sessionId: string): Promise<FlowRow | undefined> {
  return store.db
    .selectFrom('flows')
    .selectAll()
    .where('link_id', '=', linkId)
    .where('session_digest', '=', digest(sessionId))
    .orderBy('created_at', 'desc')
    .executeTakeFirst();
}

/** Spends the state: of any number of callers exactly one gets true, and may exchange the code. */
export async function beginExchange(
  store: Store,
  flow: FlowRow,
  answer: { code: string; dataCenter: DataCenterCode },
  now: string,
): Promise<boolean> {
  const code = store.cipher.seal(answer.code, { column: 'flows.code', row: flow.id });
  return move(store, flow.id, 'issued', now, {
    status: 'exchanging',
    code_sealed: code,
    data_center: answer.dataCenter,
  });
}

/** Takes an interrupted exchange over. False when somebody else did, or when it ended meanwhile. */
export async function takeOver(store: Store, flow: FlowRow, now: string): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('flows')
    .set({ updated_at: now })
    .where('id', '=', flow.id)
    .where('status', '=', 'exchanging')
    .where('updated_at', '=', flow.updated_at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Keeps what Zoho answered until the connection is stored, so that a crash in between loses nothing. */
export async function keepAnswer(store: Store, flowId: string, answer: string, now: string): Promise<void> {
  const sealed = store.cipher.seal(answer, { column: 'flows.answer', row: flowId });
  await move(store, flowId, 'exchanging', now, { status: 'exchanging', answer_sealed: sealed, code_sealed: null });
}

export async function awaitConfirmation(store: Store, flowId: string, answer: string, now: string): Promise<boolean> {
  const sealed = store.cipher.seal(answer, { column: 'flows.answer', row: flowId });
  return move(store, flowId, 'exchanging', now, { status: 'unconfirmed', answer_sealed: sealed });
}

/** Takes a confirmed answer up again: one of any number of callers gets true. */
export async function confirmFlow(store: Store, id: string, now: string): Promise<boolean> {
  return move(store, id, 'unconfirmed', now, { status: 'exchanging' });
}

/** What waits to be confirmed, the newest first: of one connection, or what has waited since `before`. */
export async function unconfirmedFlows(
  store: Store,
  { connectionName, before }: { connectionName?: string; before?: string },
): Promise<FlowRow[]> {
  return store.db
    .selectFrom('flows')
    .selectAll()
    .where('status', '=', 'unconfirmed')
    .$if(connectionName !== undefined, (query) => query.where('connection_name', '=', connectionName ?? ''))
    .$if(before !== undefined, (query) => query.where('updated_at', '<=', before ?? ''))
    .orderBy('updated_at', 'desc')
    .execute();
}

const noSecrets = { verifier_sealed: null, code_sealed: null, answer_sealed: null, device_code_sealed: null };

/** Ends a flow and wipes its secrets; `errorCode` is a code of zoho/messages. False when it had ended already. */
export async function endFlow(
  store: Store,
  id: string,
  status: 'done' | 'failed',
  errorCode: string | null,
  now: string,
): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('flows')
    .set({ status, error_code: errorCode, ...noSecrets, updated_at: now })
    .where('id', '=', id)
    .where('status', 'in', ['issued', 'exchanging', 'unconfirmed'])
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Reports that a crash cut an exchange short and that it could not be finished. False when it had ended already. */
export async function interruptFlow(store: Store, id: string, now: string): Promise<boolean> {
  return move(store, id, 'exchanging', now, { status: 'interrupted', error_code: 'interrupted', ...noSecrets });
}

/** Exchanges under way, interrupted or to be confirmed that nobody dismissed and no later connect of that name made good. */
export async function unfinishedFlows(store: Store): Promise<FlowRow[]> {
  return store.db
    .selectFrom('flows')
    .selectAll()
    .where('status', 'in', ['exchanging', 'interrupted', 'unconfirmed'])
    .where('dismissed_at', 'is', null)
    .orderBy('created_at', 'desc')
    .limit(20)
    .execute();
}

export async function exchangesUntouchedSince(store: Store, time: string): Promise<FlowRow[]> {
  return store.db
    .selectFrom('flows')
    .selectAll()
    .where('status', '=', 'exchanging')
    .where('updated_at', '<=', time)
    .orderBy('created_at')
    .execute();
}

export async function dismissFlow(store: Store, id: string, now: string): Promise<void> {
  await store.db
    .updateTable('flows')
    .set({ dismissed_at: now })
    .where('id', '=', id)
    .where('status', 'in', ['issued', 'interrupted'])
    .execute();
}

/** Attempts at this name that were interrupted or never answered need no notice any more once it is connected. */
export async function dismissFlowsOf(store: Store, connectionName: string, now: string): Promise<void> {
  await store.db
    .updateTable('flows')
    .set({ dismissed_at: now })
    .where('connection_name', '=', connectionName)
    .where('status', 'in', ['issued', 'interrupted'])
    .execute();
}

/** Ends of flows at which Zoho gave no code; after too many consents it counts on all the same. */
const codeless = ['declined', 'refused', 'device_declined', 'device_expired', 'cancelled'];

/** When Zoho gave this client grant codes after `time`, as far as we know, the latest first. */
export async function grantCodesSince(store: Store, clientId: string, time: string): Promise<string[]> {
  const rows = await store.db
    .selectFrom('flows')
    .select('updated_at')
    .where('client_id', '=', clientId)
    .where('updated_at', '>', time)
    .where(({ or, eb }) => or([eb('status', 'not in', ['issued', 'failed']), eb('error_code', 'not in', codeless)]))
    .orderBy('updated_at', 'desc')
    .execute();
  return rows.map((row) => row.updated_at);
}

/** Forgets flows that were never answered, and those that ended and have been seen: no reload asks for them any more. */
export async function forgetFlowsBefore(store: Store, time: string): Promise<void> {
  const which = sql`created_at < ${time} and (status in ('issued', 'done', 'failed') or dismissed_at is not null)`;
  await forgetRows(store, 'flows', { key: ['id'], which });
}

export function openVerifier(store: Store, flow: FlowRow): string | null {
  if (flow.verifier_sealed === null) return null;
  return store.cipher.open(flow.verifier_sealed, { column: 'flows.verifier', row: flow.id });
}

export function openCode(store: Store, flow: FlowRow): string | null {
  return flow.code_sealed === null ? null : store.cipher.open(flow.code_sealed, { column: 'flows.code', row: flow.id });
}

export function openAnswer(store: Store, flow: FlowRow): string | null {
  return flow.answer_sealed === null
    ? null
    : store.cipher.open(flow.answer_sealed, { column: 'flows.answer', row: flow.id });
}

export async function move(
  store: Store,
  id: string,
  from: FlowStatus,
  now: string,
  change: Partial<FlowRow> & { status: FlowStatus },
): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('flows')
    .set({ ...change, updated_at: now })
    .where('id', '=', id)
    .where('status', '=', from)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
