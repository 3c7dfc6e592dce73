import { type Actor, byKeeper } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { addSeconds, iso } from '../lib/time';
import { confirmFlow, findFlow, unconfirmedFlows } from '../store/flows';
import type { ConnectionRow, FlowRow } from '../store/schema';
import { grantOf, saveGrant } from './establish';
import { type Outcome, outcomeOf } from './flow-end';
import { type Change, changesOf } from './identity';
import { flushRevocationsSoon } from './revocations';
import { drop, keptAnswer } from './set-aside';

/** How long a person may take for the second yes, in seconds. */
const patience = 600;

export interface Unconfirmed {
  readonly flowId: string;
  readonly changes: readonly Change[];
  readonly until: string;
}

export async function findUnconfirmed(context: Context, connection: ConnectionRow): Promise<Unconfirmed | null> {
  const [flow] = await unconfirmedFlows(context.store, { connectionName: connection.name });
  const answer = flow && keptAnswer(context, flow);
  if (!flow || !answer?.account || isOver(context, flow)) return null;
  const changes = changesOf(connection, grantOf(context, flow, answer, answer.account));
  return { flowId: flow.id, changes, until: iso(endOf(flow)) };
}

/** An empty `flowId` means the one that waits. Throws a Problem when nothing waits for a second yes. */
export async function confirmReconnect(context: Context, name: string, flowId: string, actor: Actor): Promise<Outcome> {
  const flow = await waiting(context, name, flowId);
  if (flow.status !== 'unconfirmed') return outcomeOf(context, flow);
  const answer = keptAnswer(context, flow);
  const { account } = answer ?? {};
  if (answer === null || account === undefined || isOver(context, flow)) {
    return ended(context, flow, answer === null ? 'not_stored' : 'not_confirmed', actor);
  }
  const outcome = await inTransaction(context, async (transaction) => {
    const { store, now } = transaction;
    if (!(await confirmFlow(store, flow.id, iso(now())))) {
      return outcomeOf(transaction, (await findFlow(store, flow.id)) ?? flow);
    }
    const confirmed = { ...flow, status: 'exchanging' } as const;
    return saveGrant(transaction, confirmed, { ...answer, account }, { actor, isConfirmed: true });
  });
  flushRevocationsSoon(context);
  return outcome;
}

export async function declineReconnect(context: Context, name: string, flowId: string, actor: Actor): Promise<Outcome> {
  const flow = await waiting(context, name, flowId);
  return flow.status === 'unconfirmed' ? ended(context, flow, 'kept', actor) : outcomeOf(context, flow);
}

export async function expireUnconfirmed(context: Context): Promise<void> {
  const before = iso(addSeconds(context.now(), -patience));
  for (const flow of await unconfirmedFlows(context.store, { before })) {
    await ended(context, flow, 'not_confirmed', byKeeper);
  }
}

async function waiting({ store }: Context, name: string, flowId: string): Promise<FlowRow> {
  const [newest] = await unconfirmedFlows(store, { connectionName: name });
  const flow = flowId === '' ? newest : await findFlow(store, flowId);
  if (flow?.connection_name === name) return flow;
  const sentence = 'There is no reconnect of this connection that waits for an answer.';
  throw new Problem(409, 'nothing_to_confirm', sentence, 'Press Reconnect to begin another one.');
}

async function ended(context: Context, flow: FlowRow, errorCode: string, actor: Actor): Promise<Outcome> {
  const outcome = await inTransaction(context, (transaction) => drop(transaction, flow, errorCode, actor));
  flushRevocationsSoon(context);
  return outcome;
}

function isOver({ now }: Context, flow: FlowRow): boolean {
  return now() >= endOf(flow);
}

function endOf(flow: FlowRow): Date {
  return addSeconds(new Date(flow.updated_at), patience);
}
