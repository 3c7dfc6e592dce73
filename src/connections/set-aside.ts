import { type Actor, record } from '../audit';
import type { Context } from '../context';
import { iso } from '../lib/time';
import { openOrNull } from '../store/encryption/cipher';
import { awaitConfirmation, findFlow, openAnswer, unconfirmedFlows } from '../store/flows';
import type { FlowRow } from '../store/schema';
import type { Identity } from '../zoho/account';
import type { TokenAnswer } from '../zoho/answers';
import { endBadlyIn, type Outcome, outcomeOf } from './flow-end';
import { type Change, changeWords } from './identity';

// Tokens of a reconnect that would move a connection elsewhere, kept sealed in their flow until a person says yes or no.

export interface KeptAnswer extends TokenAnswer {
  readonly refreshToken: string;
  readonly receivedAt: string;
  readonly account?: Identity;
}

/** The answer that a flow keeps; null when there is none, or when it cannot be decrypted. */
export function keptAnswer({ store }: Context, flow: FlowRow): KeptAnswer | null {
  const text = openOrNull(() => openAnswer(store, flow));
  return text === null ? null : JSON.parse(text);
}

/** Keeps the answer of a flow until it is confirmed, in the place of one that waited before. In a transaction. */
export async function setAside(
  transaction: Context,
  flow: FlowRow,
  answer: KeptAnswer,
  changes: readonly Change[],
  actor: Actor,
): Promise<Outcome> {
  const { store, log, now } = transaction;
  const name = flow.connection_name;
  await dropUnconfirmed(transaction, name, actor);
  if (!(await awaitConfirmation(store, flow.id, JSON.stringify(answer), iso(now())))) {
    return outcomeOf(transaction, (await findFlow(store, flow.id)) ?? flow);
  }
  const detail = changes.map(changeWords).join('; ');
  await record(transaction, actor, { action: 'reconnect_unconfirmed', subject: name, detail });
  log.warn({ connection: name, changes: detail }, 'a reconnect waits for a second yes');
  return { kind: 'unconfirmed', name };
}

export async function dropUnconfirmed(transaction: Context, connectionName: string, actor: Actor): Promise<void> {
  for (const flow of await unconfirmedFlows(transaction.store, { connectionName })) {
    await drop(transaction, flow, 'superseded', actor);
  }
}

export function drop(transaction: Context, flow: FlowRow, errorCode: string, actor: Actor): Promise<Outcome> {
  const answer = keptAnswer(transaction, flow);
  return endBadlyIn(transaction, flow, { errorCode, ...(answer && { revoke: answer.refreshToken }) }, actor);
}
