import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clients } from './clients';
import type { Log } from '../lib/log';
import { isConnectionName, nameRule } from './names';
import { Problem } from '../lib/problem';
import type { Grants, KeptAnswer, Outcome } from './establish';
import { fingerprint } from '../store/encryption/cipher';
import { readable } from '../store/encryption/readable';
import { findConnection, listConnections } from '../store/connections';
import { type Actor, recordEvent } from '../store/events';
import {
  addFlow,
  beginExchange,
  endFlow,
  exchangesUntouchedSince,
  findFlow,
  findFlowByState,
  interruptFlow,
  openAnswer,
  openCode,
  openVerifier,
  takeOver,
} from '../store/flows';
import type { ConnectionRow, FlowRow } from '../store/schema';
import type { Store } from '../store/store';
import { type Clock, iso, later } from '../lib/time';
import { createUnderWay } from '../lib/under-way';
import type { TokenAnswer } from '../zoho/answers';
import type { Client, Zoho } from '../zoho/client';
import { type DataCenterCode, isDataCenterCode, storedDataCenter } from '../zoho/data-centers';
import { ZohoError } from '../zoho/errors';
import { meaningOf } from '../zoho/messages';

/** How long a person may take at Zoho's consent page, in seconds. */
const flowLife = 600;
/** A grant code is good for a minute at least (docs/zoho.md, "Grant code"). */
const codeLife = 60;

export interface ConnectRequest {
  /** Empty lets the Keeper choose. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly dataCenter: DataCenterCode;
  readonly sessionId: string;
}

/** The parameters of the callback, each at most once. */
export interface Callback {
  readonly state: string | undefined;
  readonly code: string | undefined;
  readonly error: string | undefined;
  readonly location: string | undefined;
  readonly accountsServer: string | undefined;
}

interface Parts {
  readonly store: Store;
  readonly zoho: Zoho;
  readonly clients: Clients;
  readonly grants: Grants;
  readonly redirectUri: string;
  readonly pkce: boolean;
  readonly now: Clock;
  readonly log: Log;
}

export type Connect = ReturnType<typeof createConnect>;

/** The redirect flow: off to Zoho, back with a grant code, tokens stored; and what a crash in between leaves behind. */
export function createConnect({ store, zoho, clients, grants, redirectUri, pkce, now, log }: Parts) {
  const underWay = createUnderWay();
  return { begin, reconnect, complete, recover, ended: underWay.ended };

  /** Starts a flow for a new connection and returns the consent page's address. Throws a Problem on bad input. */
  async function begin(request: ConnectRequest, actor: Actor): Promise<string> {
    const name = request.name === '' ? await freeName() : request.name;
    if (!isConnectionName(name)) throw new Problem(400, 'invalid_name', 'That name cannot be used.', nameRule);
    if (await findConnection(store, name)) {
      const next = 'Open it and press Reconnect, or choose another name.';
      throw new Problem(409, 'name_taken', `There is a connection called “${name}” already.`, next);
    }
    const client = await currentClient();
    return start({ ...request, name, client }, actor);
  }

  /**
   * Starts a flow that renews a connection's tokens, with the scopes that were asked for. Consent is given where the
   * client is registered, wherever the account lives (docs/zoho.md, "Data centres").
   */
  async function reconnect(connection: ConnectionRow, sessionId: string, actor: Actor): Promise<string> {
    const client = await currentClient();
    const scopes = (connection.asked_scopes ?? connection.scopes).split(' ');
    return start({ name: connection.name, scopes, dataCenter: client.dataCenter, sessionId, client }, actor);
  }

  async function currentClient(): Promise<Client> {
    const client = await clients.current();
    if (client) return client;
    throw new Problem(409, 'setup_problem', 'No Zoho client is set up yet.', 'Open the set-up page first.');
  }

  async function freeName(): Promise<string> {
    const taken = new Set((await listConnections(store)).map((connection) => connection.name));
    for (let number = 1; ; number++) {
      const name = number === 1 ? 'default' : `default-${number}`;
      if (!taken.has(name)) return name;
    }
  }

  async function start(request: ConnectRequest & { client: Client }, actor: Actor): Promise<string> {
    const state = randomBytes(32).toString('base64url');
    const verifier = pkce ? randomBytes(32).toString('base64url') : null;
    const { client, dataCenter, scopes } = request;
    const flow = {
      state,
      sessionId: request.sessionId,
      connectionName: request.name,
      clientId: client.clientId,
      dataCenter,
      scopes,
      redirectUri,
      verifier,
    };
    const time = iso(now());
    await addFlow(store, flow, time);
    await recordEvent(store, actor, { action: 'connect_started', subject: request.name }, time);
    return zoho.authorizationUrl({ dataCenter, clientId: client.clientId, redirectUri, scopes, state, verifier });
  }

  /**
   * Takes the callback. The state is spent before anything else, so that of any number of equal callbacks one exchanges
   * the code and the others get its outcome. Throws a Problem when the state is not this session's.
   */
  function complete(callback: Callback, sessionId: string, actor: Actor): Promise<Outcome> {
    return underWay.track(completeOnce(callback, sessionId, actor));
  }

  async function completeOnce(callback: Callback, sessionId: string, actor: Actor): Promise<Outcome> {
    const flow = await flowOf(callback.state, sessionId);
    if (flow.status !== 'issued') return outcomeOf(flow);
    if (iso(now()) > iso(later(new Date(flow.created_at), flowLife))) return fail(flow, 'expired', actor);
    if (callback.error !== undefined) {
      return fail(flow, /^access[ _]denied$/i.test(callback.error) ? 'declined' : 'refused', actor);
    }
    if (callback.code === undefined || !/^[\x21-\x7e]{1,1000}$/.test(callback.code)) {
      return fail(flow, 'malformed_callback', actor);
    }
    const dataCenter = locate(callback, flow);
    if (dataCenter === null) return fail(flow, 'unknown_data_center', actor);
    if (!(await beginExchange(store, flow, { code: callback.code, dataCenter }, iso(now())))) return reread(flow);
    return exchange({ ...flow, status: 'exchanging', data_center: dataCenter }, callback.code, actor);
  }

  async function flowOf(state: string | undefined, sessionId: string): Promise<FlowRow> {
    const flow = state === undefined || state === '' ? undefined : await findFlowByState(store, state);
    if (!flow) {
      const sentence =
        'This answer from Zoho does not belong to any attempt to connect (its state is missing or unknown).';
      throw new Problem(400, 'unknown_state', sentence, 'Start again with Connect Zoho.');
    }
    const expected = Buffer.from(flow.session_hash);
    const given = Buffer.from(fingerprint(sessionId));
    if (expected.length === given.length && timingSafeEqual(expected, given)) return flow;
    const sentence = 'This attempt to connect was started in another browser, or its session has ended.';
    const next = 'Start again with Connect Zoho, in this browser and under the address that the set-up page shows.';
    throw new Problem(403, 'foreign_state', sentence, next);
  }

  /** The data centre of the person who consented: `location`, which `accounts-server` may confirm but never replace. */
  function locate({ location, accountsServer }: Callback, flow: FlowRow): DataCenterCode | null {
    const named = location ?? (accountsServer === undefined ? flow.data_center : zoho.hosts.locate(accountsServer));
    if (!isDataCenterCode(named)) return null;
    if (accountsServer !== undefined && !zoho.hosts.isAccountsServer(named, accountsServer)) return null;
    return named;
  }

  /** `end` is how the flow ends when there are no tokens: in one step, so that a crash leaves no half-told end. */
  async function exchange(flow: FlowRow, code: string, actor: Actor, end = fail): Promise<Outcome> {
    const dataCenter = storedDataCenter(flow.data_center);
    const sentAt = now();
    let answer: TokenAnswer;
    try {
      const client = await clients.find(flow.client_id, dataCenter);
      const verifier = openVerifier(store, flow);
      answer = await zoho.exchangeCode(client, dataCenter, { code, redirectUri: flow.redirect_uri, verifier });
    } catch (error) {
      if (error instanceof ZohoError) return end(flow, error.code, actor);
      if (error instanceof Problem) return end(flow, 'invalid_client', actor);
      throw error;
    }
    const { refreshToken } = answer;
    if (refreshToken === null) return end(flow, 'no_refresh_token', actor);
    const kept: KeptAnswer = { ...answer, refreshToken, receivedAt: iso(sentAt) };
    return grants.keep(flow, kept, actor);
  }

  async function fail(flow: FlowRow, problem: string, actor: Actor): Promise<Outcome> {
    const time = iso(now());
    if (!(await endFlow(store, flow.id, 'failed', problem, time))) return reread(flow);
    const event = { action: 'connect_failed', subject: flow.connection_name, detail: problem };
    await recordEvent(store, actor, event, time);
    log.warn({ connection: flow.connection_name, problem }, 'connect failed');
    return { kind: 'failed', name: flow.connection_name, meaning: meaningOf(problem, 'connect') };
  }

  async function reread(flow: FlowRow): Promise<Outcome> {
    return outcomeOf((await findFlow(store, flow.id)) ?? flow);
  }

  /** What an earlier use of the same callback came to. */
  async function outcomeOf(flow: FlowRow): Promise<Outcome> {
    const name = flow.connection_name;
    if (flow.status === 'issued' || flow.status === 'exchanging') return { kind: 'unfinished', name };
    if (flow.status !== 'done') return { kind: 'failed', name, meaning: meaningOf(flow.problem ?? '', 'connect') };
    const connection = await findConnection(store, name);
    const isThere = connection !== undefined && connection.status !== 'revoked';
    return isThere
      ? { kind: 'connected', name, again: false }
      : { kind: 'failed', name, meaning: meaningOf('spent', 'connect') };
  }

  /**
   * Finishes exchanges that nobody has worked on for `idle` seconds, after a crash: stores an answer that had arrived,
   * exchanges a code once more that is still young (Zoho refuses it if it was used), and reports the rest.
   */
  async function recover(idle: number, actor: Actor): Promise<void> {
    for (const flow of await exchangesUntouchedSince(store, iso(later(now(), -idle)))) {
      if (await takeOver(store, flow, iso(now()))) await recoverOne(flow, actor);
    }
  }

  async function recoverOne(flow: FlowRow, actor: Actor): Promise<void> {
    const answer = readable(() => openAnswer(store, flow));
    const code = readable(() => openCode(store, flow));
    const age = (now().getTime() - Date.parse(flow.updated_at)) / 1000;
    if (answer) {
      const kept: KeptAnswer = JSON.parse(answer);
      await grants.recover(flow, kept, actor);
    } else if (code && age < codeLife) {
      await exchange(flow, code, actor, interrupt);
    } else {
      await interrupt(flow, 'interrupted', actor);
    }
  }

  /** Ends a flow that a crash cut short; `problem` is why it could not be finished afterwards. */
  async function interrupt(flow: FlowRow, problem: string, actor: Actor): Promise<Outcome> {
    const time = iso(now());
    if (!(await interruptFlow(store, flow.id, time))) return reread(flow);
    const event = { action: 'connect_interrupted', subject: flow.connection_name, detail: problem };
    await recordEvent(store, actor, event, time);
    log.warn({ connection: flow.connection_name, problem }, 'an attempt to connect was interrupted');
    return { kind: 'failed', name: flow.connection_name, meaning: meaningOf('interrupted', 'connect') };
  }
}
