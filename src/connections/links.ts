import { type Actor, record, recordRefused } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { digest, randomSecret } from '../lib/secrets';
import { addSeconds, iso } from '../lib/time';
import { findConnection, findConnectionById } from '../store/connections';
import { findFlowByState, lastFlowOf } from '../store/flows';
import {
  addLink,
  countTry,
  findLink,
  findLinkByToken,
  listLinks as storedLinks,
  revokeLink as endLink,
} from '../store/links';
import type { ConnectionRow, LinkRow } from '../store/schema';
import type { DataCenterCode } from '../zoho/data-centers';
import { storedScopes } from '../zoho/scopes';
import { findClientIfAny } from './clients';
import { begin } from './connect';
import { type Outcome, outcomeOf } from './flow-end';
import { isConnectionName, nameRule } from './names';
import { prepare } from './prepare';

/** How long a link may wait to be used, in seconds. */
export const linkLives = { '1h': 3600, '1d': 24 * 3600, '7d': 7 * 24 * 3600 } as const;
export type LinkLife = keyof typeof linkLives;

export function isLinkLife(text: string): text is LinkLife {
  return Object.hasOwn(linkLives, text);
}

/** Whoever has the address may set out for Zoho so often: each time is a row, an event, and perhaps a consent. */
const mostTries = 10;

export const noteRule = 'Use 300 characters at most.';
const longestNote = 300;

export interface LinkRequest {
  /** Of a connection that is there, for its owner to reconnect it, or of one to be made. */
  readonly name: string;
  /** None means those of the connection that is there, else the preset ones. */
  readonly scopes: readonly string[];
  /** Null means the client of the connection that is there, else the default one. */
  readonly clientId: string | null;
  /** Null means where it was asked before, else where the client is registered. */
  readonly dataCenter: DataCenterCode | null;
  readonly note: string;
  readonly life: LinkLife;
}

export interface NewLink {
  /** Holds the secret, which is not kept. */
  readonly url: string;
  readonly link: LinkRow;
}

/** Makes an address with which somebody outside connects their own Zoho, once. Throws a Problem on bad input. */
export async function createLink(context: Context, wanted: LinkRequest, actor: Actor): Promise<NewLink> {
  const { store, config, now } = context;
  const { name, note } = wanted;
  if (!isConnectionName(name)) throw new Problem(400, 'invalid_name', 'That name cannot be used.', nameRule);
  if (!isNote(note)) throw new Problem(400, 'invalid_request', 'That note cannot be used.', noteRule);
  const connection = await findConnection(store, name);
  if (connection) requireKnownUser(connection);
  await refuseSecondLink(context, name);
  const { client, askAt, scopes } = await prepare(context, {
    ...wanted,
    clientId: wanted.clientId ?? '',
    reconnect: connection !== undefined,
  });
  const token = randomSecret();
  const row = {
    token,
    connectionName: name,
    connectionId: connection?.id ?? null,
    clientId: client.clientId,
    dataCenter: askAt,
    scopes,
    note,
    madeBy: actor.name,
    expiresAt: iso(addSeconds(now(), linkLives[wanted.life])),
  };
  return inTransaction(context, async (transaction) => {
    const link = await addLink(transaction.store, row, iso(now()));
    await record(transaction, actor, { action: 'link_created', subject: name, detail: `link ${link.id}` });
    return { url: `${config.baseUrl}/links/${token}`, link };
  });
}

export function isNote(note: string): boolean {
  return note.length <= longestNote && !/[^\P{C}\r\n]/u.test(note);
}

/** Nobody could tell whether the outsider is the one who connected it. */
function requireKnownUser({ name, zuid }: ConnectionRow): void {
  if (zuid !== null) return;
  const sentence = `Zoho has not said whose account “${name}” is, so by a link it could become somebody else’s.`;
  throw new Problem(409, 'user_unclear', sentence, 'Reconnect it here, with the scope AaaServer.profile.Read.');
}

async function refuseSecondLink(context: Context, name: string): Promise<void> {
  const links = await listLinks(context);
  if (!links.some((link) => link.connection_name === name && link.state === 'open')) return;
  const sentence = `There is an open link for “${name}” already.`;
  throw new Problem(409, 'name_taken', sentence, 'Revoke it first, or choose another name.');
}

/** `overtaken`: the name was given to another connection meanwhile, or the one to reconnect was deleted. */
export type LinkState = 'open' | 'used' | 'revoked' | 'expired' | 'tried_out' | 'overtaken';

export interface ListedLink extends LinkRow {
  readonly state: LinkState;
}

/** The newest first. */
export async function listLinks(context: Context): Promise<ListedLink[]> {
  const links = await storedLinks(context.store);
  return Promise.all(links.map(async (link) => ({ ...link, state: await stateOf(context, link) })));
}

async function stateOf({ store, now }: Context, link: LinkRow): Promise<LinkState> {
  if (link.status !== 'open') return link.status;
  if (link.expires_at <= iso(now())) return 'expired';
  if (link.tries >= mostTries) return 'tried_out';
  const isFree =
    link.connection_id === null
      ? (await findConnection(store, link.connection_name)) === undefined
      : (await findConnectionById(store, link.connection_id)) !== undefined;
  return isFree ? 'open' : 'overtaken';
}

/** Throws a Problem when there is no such link, or it had ended already. */
export async function revokeLink(context: Context, id: string, actor: Actor): Promise<LinkRow> {
  return inTransaction(context, async (transaction) => {
    const link = await endLink(transaction.store, id, iso(context.now()));
    if (!link) throw new Problem(404, 'not_found', 'There is no such link, or it has ended.', 'Check the list.');
    await record(transaction, actor, {
      action: 'link_revoked',
      subject: link.connection_name,
      detail: `link ${link.id}`,
    });
    return link;
  });
}

export interface OpenedLink {
  readonly link: LinkRow;
  /** What came of the last attempt of this browser; null when it has made none that came back. */
  readonly outcome: Outcome | null;
}

/** For the outsider's page. Null for links that are unknown, used by others, revoked or expired, all alike. Writes nothing. */
export async function openLink(context: Context, token: string, sessionId: string): Promise<OpenedLink | null> {
  const link = await findLinkByToken(context.store, token);
  if (!link) return null;
  const flow = await lastFlowOf(context.store, link.id, sessionId);
  const outcome = flow && flow.status !== 'issued' ? await outcomeOf(context, flow) : null;
  const isOver = outcome !== null && outcome.kind !== 'failed';
  return isOver || (await stateOf(context, link)) === 'open' ? { link, outcome } : null;
}

/** Counts a try, and gives the consent page's address. Throws a Problem when the link cannot be used. */
export async function connectByLink(
  context: Context,
  token: string,
  sessionId: string,
  ip: string | null,
): Promise<{ link: LinkRow; url: string }> {
  const { store, now } = context;
  const link = await findLinkByToken(store, token);
  if (!link || (await stateOf(context, link)) !== 'open') throw closedLink();
  const client = await findClientIfAny(context, link.client_id, link.data_center);
  if (!client) {
    const sentence = 'This link cannot be used at the moment.';
    throw new Problem(502, 'setup_problem', sentence, 'Tell whoever sent it: the Zoho client is missing.');
  }
  if (!(await countTry(store, link.id, mostTries, iso(now())))) throw closedLink();
  const connection = link.connection_id === null ? undefined : await findConnectionById(store, link.connection_id);
  const name = connection?.name ?? link.connection_name;
  const request = { name, scopes: storedScopes(link.scopes), dataCenter: link.data_center, sessionId, client };
  return { link, url: await begin(context, { ...request, linkId: link.id }, outsider(link, ip)) };
}

/** The same words for all of them, so that nobody learns whether there was such a link. */
export function closedLink(): Problem {
  const sentence = 'This link cannot be used: it was used before, has expired, was taken back, or is not whole.';
  return new Problem(404, 'link_closed', sentence, 'Ask whoever sent it to you for another one.');
}

/** The link by which an attempt was begun; null when it was begun on the dashboard or there is no such attempt. */
export async function linkOfState(
  context: Context,
  state: string,
  sessionId: string,
  ip: string | null,
): Promise<{ link: LinkRow; isOwn: boolean } | null> {
  const { store } = context;
  const flow = await findFlowByState(store, state);
  const link = flow?.link_id ? await findLink(store, flow.link_id) : undefined;
  if (!flow || !link) return null;
  const isOwn = flow.session_digest === digest(sessionId);
  const event = { action: 'callback_refused', subject: flow.connection_name, detail: 'foreign_state' };
  if (!isOwn) await recordRefused(context, outsider(link, ip), event);
  return { link, isOwn };
}

/** Whoever came by a link, as the audit log names them. */
export function outsider({ id }: LinkRow, ip: string | null): Actor {
  return { name: `link ${id}`, ip };
}
