import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { randomSecret } from '../lib/secrets';
import { iso } from '../lib/time';
import { addFlow, beginExchange, findFlowByState } from '../store/flows';
import type { FlowRow } from '../store/schema';
import { explain } from '../zoho/messages';
import { checkCallback } from './callback';
import { answerFlow, begin } from './connect';
import { exchange } from './exchange';
import { type Outcome, outcomeOf } from './flow-end';
import { type OtherWay, prepare, problemOf } from './prepare';
import { type Pasted, readPasted } from './read-pasted';

export interface PastedCode extends OtherWay {
  readonly pasted: string;
  /** Of an authorization URL that was not made here; empty when the code needs none, or the pasted address says it. */
  readonly redirectUri: string;
}

/** An authorization URL to open in any browser; what it ends at is to be pasted. Throws a Problem. */
export async function addressToOpen(
  context: Context,
  request: OtherWay,
  sessionId: string,
  actor: Actor,
): Promise<string> {
  const { name, client, scopes, askAt: dataCenter } = await prepare(context, request);
  return begin(context, { name, client, scopes, dataCenter, sessionId }, actor);
}

/**
 * Connects with a code that a signed-in person has pasted. One with the state of a flow that was begun here, in whichever
 * browser, ends that flow (docs/decisions.md, "Pasted codes"). Throws a Problem where nothing was sent to Zoho.
 */
export async function connectByCode(context: Context, request: PastedCode, actor: Actor): Promise<Outcome> {
  const pasted = readPasted(request.pasted);
  requireTime(pasted, context.now());
  const flow = pasted.state === undefined ? undefined : await findFlowByState(context.store, pasted.state);
  if (flow && request.name !== '' && request.name !== flow.connection_name) throw otherName(flow, request);
  if (flow) return context.inFlight.track(answerFlow(context, flow, pasted, actor));
  // What was begun here has a state, so one without has lost it, or was never begun here.
  const isOurs = pasted.state !== undefined || pasted.redirectUri === context.config.redirectUri;
  if (isOurs && request.redirectUri === '') throw unknownState();
  return context.inFlight.track(connectAlone(context, request, pasted, actor));
}

async function connectAlone(context: Context, request: PastedCode, pasted: Pasted, actor: Actor): Promise<Outcome> {
  const { zoho, now } = context;
  const clientId = request.clientId || pasted.clientId;
  const said = request.scopes.length > 0 ? request.scopes : pasted.scopes;
  // Nobody knows what else was chosen where the code was made.
  const prepared = await prepare(context, { ...request, clientId, scopes: said }, []);
  const made = { created_at: iso(now()), data_center: prepared.dataCenter };
  const checked = checkCallback(pasted, made, zoho.hosts, now());
  if ('errorCode' in checked) throw problemOf(explain(checked.errorCode, 'connect'));
  // Stands for the state that there is none of, so that of equal forms one exchanges.
  const state = ['pasted', prepared.client.clientId, checked.dataCenter, checked.code].join(' ');
  const found = await inTransaction(context, async (transaction): Promise<{ flow: FlowRow; isNew: boolean }> => {
    const { store } = transaction;
    const time = iso(now());
    const { name: connectionName, dataCenter, scopes } = prepared;
    const redirectUri = request.redirectUri || pasted.redirectUri;
    const sessionId = randomSecret();
    const row = {
      state,
      sessionId,
      connectionName,
      clientId: prepared.client.clientId,
      dataCenter,
      scopes,
      redirectUri,
      verifier: null,
      linkId: null,
    };
    const isNew = await addFlow(store, row, time);
    const flow = await findFlowByState(store, state);
    if (!flow) throw new Error('a flow that was there is gone');
    if (!isNew) return { flow, isNew };
    await beginExchange(store, flow, checked, time);
    await record(transaction, actor, {
      action: 'connect_started',
      subject: connectionName,
      detail: 'by a pasted code',
    });
    return { flow: { ...flow, status: 'exchanging', data_center: checked.dataCenter }, isNew };
  });
  return found.isNew ? exchange(context, found.flow, checked.code, actor) : outcomeOf(context, found.flow);
}

/** The console writes down when its code ends; Zoho would only say that it does not take it. */
function requireTime({ expires }: Pasted, now: Date): void {
  const ago = expires === null ? 0 : Math.round((now.getTime() - expires) / 1000);
  if (ago <= 0) return;
  const sentence = `This code ended ${ago} ${ago === 1 ? 'second' : 'seconds'} ago, as its self_client.json says.`;
  throw new Problem(400, 'invalid_code', sentence, 'Generate another one in the console, and paste it at once.');
}

function otherName({ connection_name: name }: FlowRow, request: PastedCode): Problem {
  const sentence = `This address was made for “${name}”, not for “${request.name}”.`;
  return new Problem(409, 'other_name', sentence, `Paste it again with the name ${name}, or make another address.`);
}

function unknownState(): Problem {
  const sentence = 'What was pasted belongs to an authorization URL that was not made here, or is forgotten by now.';
  const next = 'Make another address on this page; or, if the URL is your own, say its redirect URI.';
  return new Problem(400, 'unknown_state', sentence, next);
}
