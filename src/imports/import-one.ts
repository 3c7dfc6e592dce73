import { type Actor, record } from '../audit';
import { findClientIfAny, saveClient } from '../connections/clients';
import { freeName } from '../connections/free-name';
import { completed } from '../connections/identity';
import { isConnectionName } from '../connections/names';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { addSeconds, iso } from '../lib/time';
import { addConnection, connectedSince, openRefreshToken } from '../store/connections';
import { openOrNull } from '../store/encryption/cipher';
import { beginRefresh, endRefresh } from '../store/refreshes';
import { environmentOf } from '../zoho/hosts';
import type { Candidate } from './candidate';
import { type Proof, prove } from './prove';

/** `savedClient` is the id of the client that stood beside the token and was not set up here. */
export type Result =
  | { readonly kind: 'imported'; readonly name: string; readonly savedClient: string | null }
  /** A connection has this token already. */
  | { readonly kind: 'known'; readonly name: string }
  | { readonly kind: 'refused'; readonly problem: Problem };

/**
 * Makes a connection of a refresh token that none had at the time `since`, once Zoho has given an access token for it.
 * Nothing is stored when it is refused.
 */
export async function importOne(context: Context, candidate: Candidate, since: Date, actor: Actor): Promise<Result> {
  try {
    const proof = await prove(context, candidate);
    const savedClient = await saveUnknown(context, proof, actor);
    return await keep(context, candidate, { proof, savedClient, since }, actor);
  } catch (error) {
    if (error instanceof Problem) return { kind: 'refused', problem: error };
    throw error;
  }
}

async function saveUnknown(context: Context, { client, dataCenter }: Proof, actor: Actor): Promise<string | null> {
  if ((await findClientIfAny(context, client.clientId, dataCenter)) !== null) return null;
  await saveClient(context, client, actor);
  return client.clientId;
}

interface Proved {
  readonly proof: Proof;
  readonly savedClient: string | null;
  readonly since: Date;
}

async function keep(context: Context, candidate: Candidate, proved: Proved, actor: Actor): Promise<Result> {
  const { proof, savedClient, since } = proved;
  const result = await inTransaction(context, async (transaction): Promise<Result | null> => {
    const { store, now } = transaction;
    // The same form may have been sent twice.
    const owner = await ownerOf(transaction, candidate.refreshToken, since);
    if (owner !== null) return { kind: 'known', name: owner };
    const name = await freeName(transaction, nameFor(candidate));
    const row = await addConnection(store, connectionOf(transaction, name, candidate, proof), iso(now()));
    if (!row) return null;
    const ledgerId = await beginRefresh(store, row, 'connect', proof.sentAt);
    await endRefresh(store, ledgerId, 'ok', Date.parse(proof.receivedAt) - Date.parse(proof.sentAt));
    await record(transaction, actor, { action: 'imported', subject: name });
    transaction.afterCommit?.push(() => transaction.log.info({ connection: name }, 'imported'));
    return { kind: 'imported', name, savedClient };
  });
  // On PostgreSQL another instance may have taken the name meanwhile.
  return result ?? keep(context, candidate, proved, actor);
}

/** The connection that has this refresh token, of those made since; null when none has. Tokens are sealed: each is opened. */
export async function ownerOf({ store }: Context, refreshToken: string, since: Date): Promise<string | null> {
  const rows = await connectedSince(store, iso(since));
  return rows.find((row) => openOrNull(() => openRefreshToken(store, row)) === refreshToken)?.name ?? null;
}

function nameFor({ name = '' }: Candidate): string {
  const fit = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 64);
  return isConnectionName(fit) ? fit : 'default';
}

function connectionOf({ zoho, config }: Context, name: string, candidate: Candidate, proof: Proof) {
  const { answer, account, client, dataCenter, sentAt, receivedAt } = proof;
  const scopes = answer.scopes ?? candidate.scopes;
  const apiDomain = zoho.hosts.trustedApiDomain(dataCenter, answer.apiDomain ?? candidate.apiDomain);
  const grant = {
    name,
    clientId: client.clientId,
    dataCenter,
    askedDataCenter: null,
    apiDomain,
    environment: environmentOf(answer.apiDomain ?? apiDomain),
    scopes,
    askedScopes: scopes.length > 0 ? scopes : config.scopes,
    account,
    refreshToken: answer.refreshToken ?? candidate.refreshToken,
    access: {
      token: answer.accessToken,
      expiresAt: iso(addSeconds(new Date(sentAt), answer.expiresIn)),
      life: answer.expiresIn,
      receivedAt,
      requestedBy: 'connect' as const,
    },
  };
  return completed(grant, undefined);
}
