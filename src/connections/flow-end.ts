import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { iso } from '../lib/time';
import { findConnection } from '../store/connections';
import { endFlow, findFlow, interruptFlow } from '../store/flows';
import { addRevocation } from '../store/revocations';
import type { FlowRow } from '../store/schema';
import type { Explanation } from '../zoho/errors';
import { explain } from '../zoho/messages';

export type Outcome =
  | { readonly kind: 'connected'; readonly name: string; readonly again: boolean }
  | { readonly kind: 'failed'; readonly name: string; readonly explanation: Explanation }
  /** The same callback is being worked on by another request, or was interrupted. */
  | { readonly kind: 'unfinished'; readonly name: string };

/** How a flow ends without a connection. */
export interface BadEnd {
  /** A code of zoho/messages. */
  readonly errorCode: string;
  /** True when a crash cut it short: the dashboard says so until somebody has seen it. */
  readonly interrupted?: boolean;
  /** A refresh token that Zoho gave out all the same, to be revoked. */
  readonly revoke?: string;
}

/** Ends a flow badly: row, event and revocation together, unless it has ended already. Returns how it ended. */
export function endBadly(context: Context, flow: FlowRow, end: BadEnd, actor: Actor): Promise<Outcome> {
  return inTransaction(context, (transaction) => endBadlyIn(transaction, flow, end, actor));
}

/** The same in a transaction that is under way. */
export async function endBadlyIn(transaction: Context, flow: FlowRow, end: BadEnd, actor: Actor): Promise<Outcome> {
  const { store, log } = transaction;
  const time = iso(transaction.now());
  const { errorCode, interrupted = false, revoke } = end;
  const ended = interrupted
    ? await interruptFlow(store, flow.id, time)
    : await endFlow(store, flow.id, 'failed', errorCode, time);
  if (!ended) return outcomeOf(transaction, (await findFlow(store, flow.id)) ?? flow);
  const { connection_name: name, data_center: dataCenter } = flow;
  if (revoke !== undefined) await addRevocation(store, { connectionName: name, dataCenter, token: revoke }, time);
  const action = interrupted ? 'connect_interrupted' : 'connect_failed';
  await record(transaction, actor, { action, subject: name, detail: errorCode });
  log.warn({ connection: name, error_code: errorCode }, action.replace('_', ' '));
  return failed(name, interrupted ? 'interrupted' : errorCode);
}

/** What an earlier use of the same callback came to. */
export async function outcomeOf({ store }: Context, flow: FlowRow): Promise<Outcome> {
  const name = flow.connection_name;
  if (flow.status === 'issued' || flow.status === 'exchanging') return { kind: 'unfinished', name };
  if (flow.status !== 'done') return failed(name, flow.error_code ?? '');
  const connection = await findConnection(store, name);
  const isThere = connection !== undefined && connection.status !== 'revoked';
  return isThere ? { kind: 'connected', name, again: false } : failed(name, 'spent');
}

function failed(name: string, errorCode: string): Outcome {
  return { kind: 'failed', name, explanation: explain(errorCode, 'connect') };
}
