import { type Actor, record, recordRefused } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { digest, randomSecret } from '../lib/secrets';
import { iso } from '../lib/time';
import { addFlow, beginExchange, findFlow, findFlowByState } from '../store/flows';
import type { ConnectionRow, FlowRow } from '../store/schema';
import type { Client } from '../zoho/client';
import type { DataCenterCode } from '../zoho/data-centers';
import { type Callback, checkCallback } from './callback';
import { refusedConsent } from './consents';
import { exchange } from './exchange';
import { endBadly, type Outcome, outcomeOf } from './flow-end';
import { prepare } from './prepare';

export interface ConnectRequest {
  /** Empty lets the Keeper choose. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Where to ask for consent; null asks where the client is registered. */
  readonly dataCenter: DataCenterCode | null;
  /** Absent or empty for the default one. */
  readonly clientId?: string;
  readonly sessionId: string;
}

/** Starts a flow for a new connection and returns the consent page's address. Throws a Problem on bad input. */
export async function beginConnect(context: Context, request: ConnectRequest, actor: Actor): Promise<string> {
  const prepared = await prepare(context, { ...request, clientId: request.clientId ?? '', reconnect: false });
  return begin(context, { ...prepared, dataCenter: prepared.askAt, sessionId: request.sessionId }, actor);
}

export interface ReconnectRequest {
  readonly sessionId: string;
  /** Moves the connection to this client. Empty keeps its own while that is set up, else takes the default one. */
  readonly clientId: string;
  /** Null asks for the same as before. */
  readonly scopes: readonly string[] | null;
}

/** Asks where it was asked before: another client is only sure to be known at home (docs/zoho.md, "Data centres"). */
export async function beginReconnect(
  context: Context,
  connection: ConnectionRow,
  request: ReconnectRequest,
  actor: Actor,
): Promise<string> {
  const { sessionId, clientId, scopes } = request;
  const wanted = { name: connection.name, reconnect: true, clientId, dataCenter: null, scopes: scopes ?? [] };
  const prepared = await prepare(context, wanted);
  return begin(context, { ...prepared, dataCenter: prepared.askAt, sessionId }, actor);
}

interface Beginning {
  readonly name: string;
  readonly client: Client;
  /** Where to ask for consent. */
  readonly dataCenter: DataCenterCode;
  readonly scopes: readonly string[];
  readonly sessionId: string;
  /** The link by which an outsider begins it. */
  readonly linkId?: string;
}

/** Writes an attempt down for this browser session and returns the consent page's address. */
export async function begin(context: Context, request: Beginning, actor: Actor): Promise<string> {
  const { config, zoho, now } = context;
  const { redirectUri } = config;
  const state = randomSecret();
  const verifier = config.pkce ? randomSecret() : null;
  const { name, dataCenter, scopes, sessionId, linkId = null } = request;
  const { clientId } = request.client;
  await inTransaction(context, async (transaction) => {
    const flow = {
      state,
      sessionId,
      connectionName: name,
      clientId,
      dataCenter,
      scopes,
      redirectUri,
      verifier,
      linkId,
    };
    await addFlow(transaction.store, flow, iso(now()));
    await record(transaction, actor, { action: 'connect_started', subject: name });
  });
  return zoho.authorizationUrl({ dataCenter, clientId, redirectUri, scopes, state, verifier });
}

/** Spends the state first, so that of equal callbacks one exchanges. Throws a Problem when it is another session's. */
export function complete(context: Context, callback: Callback, sessionId: string, actor: Actor): Promise<Outcome> {
  return context.inFlight.track(completeOnce(context, callback, sessionId, actor));
}

async function completeOnce(context: Context, callback: Callback, sessionId: string, actor: Actor): Promise<Outcome> {
  return answerFlow(context, await ownFlow(context, callback.state, sessionId, actor), callback, actor);
}

/** Takes Zoho's answer to a flow, once, from whoever may bring it. */
export async function answerFlow(context: Context, flow: FlowRow, callback: Callback, actor: Actor): Promise<Outcome> {
  const { store, zoho, now } = context;
  if (flow.status !== 'issued') return outcomeOf(context, flow);
  const checked = checkCallback(callback, flow, zoho.hosts, now());
  if ('errorCode' in checked) {
    const isRefusal = checked.errorCode === 'declined';
    return endBadly(context, flow, isRefusal ? { errorCode: await refusedConsent(context, flow) } : checked, actor);
  }
  const time = iso(now());
  if (!(await beginExchange(store, flow, checked, time))) {
    return outcomeOf(context, (await findFlow(store, flow.id)) ?? flow);
  }
  const exchanging = { ...flow, status: 'exchanging', data_center: checked.dataCenter, updated_at: time } as const;
  return exchange(context, exchanging, checked.code, actor);
}

async function ownFlow(context: Context, state: string | undefined, sessionId: string, actor: Actor): Promise<FlowRow> {
  const flow = state === undefined || state === '' ? undefined : await findFlowByState(context.store, state);
  if (!flow) {
    await recordRefused(context, actor, { action: 'callback_refused', subject: null, detail: 'unknown_state' });
    const sentence =
      'This answer from Zoho does not belong to any attempt to connect (its state is missing or unknown).';
    throw new Problem(400, 'unknown_state', sentence, 'Start again with Connect Zoho.');
  }
  if (flow.session_digest === digest(sessionId)) return flow;
  const event = { action: 'callback_refused', subject: flow.connection_name, detail: 'foreign_state' };
  await recordRefused(context, actor, event);
  const sentence = 'This attempt to connect was started in another browser, or its session has ended.';
  const next = 'Start again with Connect Zoho, in this browser and under the address that the setup page shows.';
  throw new Problem(403, 'foreign_state', sentence, next);
}
