import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { iso } from '../lib/time';
import { findConnection } from '../store/connections';
import { endFlow, findFlow, interruptFlow } from '../store/flows';
import { addRevocation } from '../store/revocations';
import type { FlowRow } from '../store/schema';
import type { Explanation } from '../zoho/errors';
import { explain } from '../zoho/messages';
import { explainFlow } from './explanations';

export type Outcome =
  | { readonly kind: 'connected'; readonly name: string; readonly again: boolean }
  | { readonly kind: 'failed'; readonly name: string; readonly explanation: Explanation }
  /** The tokens are there, but would change what the connection is for: a person has to say so once more. */
  | { readonly kind: 'unconfirmed'; readonly name: string }
  /** The same callback is being worked on by another request, or was interrupted. */
  | { readonly kind: 'unfinished'; readonly name: string };

export interface BadEnd {
  /** A code of zoho/messages. */
  readonly errorCode: string;
  /** True when a crash cut it short: the dashboard says so until somebody has seen it. */
  readonly interrupted?: boolean;
  /** A refresh token that Zoho gave out all the same, to be revoked. */
  readonly revoke?: string;
  /** ISO time: whoever has taken the flow over since then knows better how it ends. */
  readonly untouchedSince?: string;
}

/** Ends a flow badly: row, event and revocation together, unless it has ended already. Returns how it ended. */
export function endBadly(context: Context, flow: FlowRow, end: BadEnd, actor: Actor): Promise<Outcome> {
  return inTransaction(context, (transaction) => endBadlyIn(transaction, flow, end, actor));
}

export async function endBadlyIn(transaction: Context, flow: FlowRow, end: BadEnd, actor: Actor): Promise<Outcome> {
  const { store, log } = transaction;
  const time = iso(transaction.now());
  const { errorCode, interrupted = false, revoke, untouchedSince } = end;
  const current = await findFlow(store, flow.id);
  if (untouchedSince !== undefined && current && current.updated_at !== untouchedSince) {
    return outcomeOf(transaction, current);
  }
  const ended = interrupted
    ? await interruptFlow(store, flow.id, time)
    : await endFlow(store, flow.id, 'failed', errorCode, time);
  const { connection_name: name, client_id: clientId, data_center: dataCenter } = flow;
  // Whoever else ended it badly did not have the token; whoever made the connection did.
  if (revoke !== undefined && (ended || current?.status !== 'done')) {
    await addRevocation(store, { connectionName: name, clientId, dataCenter, token: revoke }, time);
  }
  if (!ended) return outcomeOf(transaction, current ?? flow);
  const action = interrupted ? 'connect_interrupted' : 'connect_failed';
  await record(transaction, actor, { action, subject: name, detail: errorCode });
  log.warn({ connection: name, error_code: errorCode }, action.replace('_', ' '));
  return outcomeOf(transaction, (await findFlow(store, flow.id)) ?? flow);
}

export async function outcomeOf(context: Context, flow: FlowRow): Promise<Outcome> {
  const { store } = context;
  const name = flow.connection_name;
  if (flow.status === 'issued' || flow.status === 'exchanging') return { kind: 'unfinished', name };
  if (flow.status === 'unconfirmed') return { kind: 'unconfirmed', name };
  if (flow.status !== 'done') return { kind: 'failed', name, explanation: await explainFlow(context, flow) };
  const connection = await findConnection(store, name);
  const isThere = connection !== undefined && connection.status !== 'revoked';
  if (isThere) return { kind: 'connected', name, again: false };
  return { kind: 'failed', name, explanation: explain('spent', 'connect') };
}
