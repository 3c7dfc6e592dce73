import { type Actor, record } from '../audit';
import { findClientIfAny, saveClient } from '../connections/clients';
import { freeName } from '../connections/free-name';
import { completed } from '../connections/identity';
import { isConnectionName, nameRule } from '../connections/names';
import { type Context, inTransaction } from '../context';
import { workOff } from '../lib/concurrency';
import { Problem } from '../lib/problem';
import { addSeconds, iso } from '../lib/time';
import { addConnection, findConnection, listConnections, openRefreshToken } from '../store/connections';
import { openOrNull } from '../store/encryption/cipher';
import { beginRefresh, endRefresh } from '../store/refreshes';
import type { DataCenterCode } from '../zoho/data-centers';
import { environmentOf } from '../zoho/hosts';
import type { Candidate } from './candidate';
import { type Proof, prove } from './prove';
import { recognise } from './recognise';

export interface ImportRequest {
  readonly content: string;
  /** What is said here counts more than what the content says; empty says nothing. */
  readonly name: string;
  readonly clientId: string;
  readonly dataCenter: DataCenterCode | null;
  /** More connections than this are refused as a whole. */
  readonly most: number;
}

/** What became of one refresh token. `label` is what the content calls it, else its place there. */
export type Imported = { readonly label: string } & (
  | { readonly kind: 'imported'; readonly name: string }
  /** A connection has this token already. */
  | { readonly kind: 'known'; readonly name: string }
  | { readonly kind: 'refused'; readonly problem: Problem }
);

/** How many tokens are proved at a time. */
const width = 4;

/**
 * Makes a connection of each refresh token in the content, once Zoho has given an access token for it. Nothing is stored
 * for one that is refused, and the others do not suffer from it. Throws a Problem when nothing can be tried.
 */
export async function importConnections(context: Context, request: ImportRequest, actor: Actor): Promise<Imported[]> {
  return context.inFlight.track(importAll(context, request, actor));
}

async function importAll(context: Context, request: ImportRequest, actor: Actor): Promise<Imported[]> {
  const { name, most } = request;
  if (name !== '' && !isConnectionName(name)) {
    throw new Problem(400, 'invalid_name', 'That name cannot be used.', nameRule);
  }
  const candidates = distinct(recognise(request.content)).map((candidate) => completedBy(candidate, request));
  if (candidates.length > most) {
    const sentence = `These are ${candidates.length} connections, and a page takes ${most} at a time.`;
    throw new Problem(400, 'too_many', sentence, 'Use the command: zoho-token-keeper import FILE.');
  }
  await requireFree(context, name, candidates);
  const results: Imported[] = [];
  await workOff([...candidates.entries()], width, async ([at, candidate]) => {
    const label = candidate.name ?? `number ${at + 1}`;
    results[at] = { label, ...(await importOne(context, candidate, actor)) };
  });
  return results;
}

function completedBy(candidate: Candidate, { name, clientId, dataCenter }: ImportRequest): Candidate {
  return {
    ...candidate,
    ...(name !== '' && { name }),
    ...(clientId !== '' && { clientId }),
    ...(dataCenter !== null && { dataCenter }),
  };
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.refreshToken, candidate])).values()];
}

/** A name that somebody chose for one connection is not changed without a word. */
async function requireFree(context: Context, name: string, candidates: readonly Candidate[]): Promise<void> {
  const [only] = candidates;
  if (name === '' || candidates.length !== 1 || !only) return;
  if (!(await findConnection(context.store, name)) || (await ownerOf(context, only.refreshToken)) !== null) return;
  const sentence = `There is a connection called “${name}” already.`;
  throw new Problem(409, 'name_taken', sentence, 'Choose another name, or leave it out.');
}

type Result = { kind: 'imported' | 'known'; name: string } | { kind: 'refused'; problem: Problem };

async function importOne(context: Context, candidate: Candidate, actor: Actor): Promise<Result> {
  const owner = await ownerOf(context, candidate.refreshToken);
  if (owner !== null) return { kind: 'known', name: owner };
  try {
    const proof = await prove(context, candidate);
    const { client } = proof;
    if ((await findClientIfAny(context, client.clientId, proof.dataCenter)) === null) {
      await saveClient(context, client, actor);
    }
    return await keep(context, candidate, proof, actor);
  } catch (error) {
    if (error instanceof Problem) return { kind: 'refused', problem: error };
    throw error;
  }
}

async function keep(context: Context, candidate: Candidate, proof: Proof, actor: Actor): Promise<Result> {
  const result = await inTransaction(context, async (transaction): Promise<Result | null> => {
    const { store, now } = transaction;
    // The same form may have been sent twice.
    const owner = await ownerOf(transaction, candidate.refreshToken);
    if (owner !== null) return { kind: 'known', name: owner };
    const name = await freeName(transaction, nameFor(candidate));
    const row = await addConnection(store, connectionOf(transaction, name, candidate, proof), iso(now()));
    if (!row) return null;
    const ledgerId = await beginRefresh(store, row, 'connect', proof.sentAt);
    await endRefresh(store, ledgerId, 'ok', Date.parse(proof.receivedAt) - Date.parse(proof.sentAt));
    await record(transaction, actor, { action: 'imported', subject: name });
    return { kind: 'imported', name };
  });
  // On PostgreSQL another instance may have taken the name meanwhile.
  return result ?? keep(context, candidate, proof, actor);
}

/** The connection that has this refresh token; null when none has. Tokens are sealed, so each is opened. */
async function ownerOf({ store }: Context, refreshToken: string): Promise<string | null> {
  const rows = await listConnections(store);
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
