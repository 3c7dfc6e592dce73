import { setTimeout as wait } from 'node:timers/promises';
import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { describeError } from '../lib/errors';
import { Problem } from '../lib/problem';
import { addSeconds, iso } from '../lib/time';
import { addConnection, findConnection, openRefreshToken, renewConnection } from '../store/connections';
import { openOrNull } from '../store/encryption/cipher';
import { storageFault } from '../store/errors';
import { dismissFlowsOf, endFlow, findFlow, keepAnswer } from '../store/flows';
import { reopenLink, spendLink } from '../store/links';
import { addRevocation } from '../store/revocations';
import type { ConnectionRow, FlowRow } from '../store/schema';
import type { Identity } from '../zoho/account';
import { environmentOf } from '../zoho/hosts';
import { storedScopes } from '../zoho/scopes';
import { findClient } from './clients';
import { endBadly, endBadlyIn, type Outcome, outcomeOf } from './flow-end';
import { changesOf, completed, type Grant, refusalOf } from './identity';
import { flushRevocationsSoon } from './revocations';
import { dropUnconfirmed, type KeptAnswer, setAside } from './set-aside';

/** How long to go on trying to write tokens down that Zoho has given out, in seconds. */
const patience = 30;

/** Once the answer is written down, recovery goes on where this stops. Tokens that certainly were not are revoked. */
export async function keepAndEstablish(
  context: Context,
  flow: FlowRow,
  answer: KeptAnswer,
  actor: Actor,
): Promise<Outcome> {
  const { store, now } = context;
  const until = addSeconds(now(), patience);
  const keep = (): Promise<void> => keepAnswer(store, flow.id, JSON.stringify(answer), iso(now()));
  const unwritten = await patiently(context, flow, until, keep);
  const isWritten = unwritten === null || (await isKept(context, flow));
  if (isWritten !== true) throw await lost(context, flow, answer, isWritten);
  let outcome: Outcome = { kind: 'unfinished', name: flow.connection_name };
  const unfinished = await patiently(context, flow, until, async () => {
    outcome = await establish(context, flow, answer, actor);
  });
  return unfinished === null || storageFault(unfinished) !== null ? outcome : giveUp(context, flow, answer, actor);
}

export async function recoverAnswer(context: Context, flow: FlowRow, answer: KeptAnswer, actor: Actor): Promise<void> {
  try {
    await establish(context, flow, answer, actor);
  } catch (error) {
    // The next round tries again.
    if (storageFault(error) !== null) throw error;
    context.log.error({ connection: flow.connection_name, ...describeError(error) }, 'tokens could not be stored');
    await giveUp(context, flow, answer, actor);
  }
}

async function patiently(
  { log, now }: Context,
  flow: FlowRow,
  until: Date,
  work: () => Promise<void>,
): Promise<unknown> {
  for (let pause = 100; ; pause = Math.min(pause * 2, 5000)) {
    try {
      await work();
      return null;
    } catch (error) {
      log.error({ connection: flow.connection_name, ...describeError(error) }, 'tokens could not be stored');
      if (now() > until) return error;
      await wait(pause);
    }
  }
}

/** Whether the answer was written down although the database said otherwise, as it may; null when nobody can tell. */
async function isKept({ store }: Context, flow: FlowRow): Promise<boolean | null> {
  try {
    const found = await findFlow(store, flow.id);
    return found !== undefined && found.answer_sealed !== null;
  } catch {
    return null;
  }
}

/** Tokens that certainly are not written down are revoked. Those that may be are not: recovery would store them later. */
async function lost(context: Context, flow: FlowRow, answer: KeptAnswer, isWritten: false | null): Promise<Problem> {
  if (isWritten === null) {
    const sentence = 'The database went away before it said that the tokens are stored.';
    return new Problem(503, 'not_stored', sentence, 'When it is back, look whether the connection is there.');
  }
  const client = await findClient(context, flow.client_id, flow.data_center).catch(() => null);
  const revoked = await context.zoho.revoke(client, flow.data_center, answer.refreshToken).then(
    () => true,
    () => false,
  );
  const sentence = revoked
    ? 'The tokens could not be stored, so they were revoked at Zoho.'
    : 'The tokens could not be stored, nor revoked at Zoho: remove the app there (My Account, Sessions, Connected Apps).';
  return new Problem(503, 'not_stored', sentence, 'Look at the disk and the log of the Keeper, then connect again.');
}

async function giveUp(context: Context, flow: FlowRow, answer: KeptAnswer, actor: Actor): Promise<Outcome> {
  const outcome = await endBadly(context, flow, { errorCode: 'not_stored', revoke: answer.refreshToken }, actor);
  flushRevocationsSoon(context);
  return outcome;
}

async function establish(context: Context, flow: FlowRow, answer: KeptAnswer, actor: Actor): Promise<Outcome> {
  const apiDomain = context.zoho.hosts.trustedApiDomain(flow.data_center, answer.apiDomain);
  // What Zoho lists as granted is not always all that it granted.
  const allScopes = [
    ...(answer.scopes ?? []),
    ...(flow.scopes === '' ? context.config.scopes : storedScopes(flow.scopes)),
  ];
  const account = await context.zoho.account(flow.data_center, apiDomain, answer.accessToken, allScopes);
  const outcome = await inTransaction(context, (transaction) =>
    saveOnce(transaction, flow, { ...answer, account }, actor),
  );
  flushRevocationsSoon(context);
  return outcome;
}

/**
 * Of all who have the same answer one stores it. Of all who come by the same link one gets through: it is spent together with
 * what it was for, and by nothing less.
 */
async function saveOnce(
  transaction: Context,
  flow: FlowRow,
  answer: KeptAnswer & { readonly account: Identity },
  actor: Actor,
): Promise<Outcome> {
  const { store, now } = transaction;
  const { link_id: linkId } = flow;
  const current = await findFlow(store, flow.id);
  // Its connection may have been renamed while Zoho was asked.
  const named = { ...flow, connection_name: current?.connection_name ?? flow.connection_name };
  // It may have been stored although the database said otherwise, or by another instance.
  if (current?.status === 'done' || current?.status === 'unconfirmed') return outcomeOf(transaction, current);
  if (current?.status !== 'exchanging') {
    // Another instance has given it up, and so are its tokens.
    return endBadlyIn(transaction, named, { errorCode: 'interrupted', revoke: answer.refreshToken }, actor);
  }
  if (linkId !== null && !(await spendLink(store, linkId, iso(now())))) {
    return endBadlyIn(transaction, named, { errorCode: 'link_closed', revoke: answer.refreshToken }, actor);
  }
  const outcome = await saveGrant(transaction, named, answer, { actor, isConfirmed: false });
  if (linkId !== null && outcome.kind === 'failed') await reopenLink(store, linkId);
  return outcome;
}

export function grantOf({ zoho, config }: Context, flow: FlowRow, answer: KeptAnswer, account: Identity): Grant {
  const asked = storedScopes(flow.scopes);
  const scopes = answer.scopes ?? (asked.length > 0 ? asked : config.scopes);
  return {
    name: flow.connection_name,
    clientId: flow.client_id,
    dataCenter: flow.data_center,
    // Null where nobody consented in a browser that came back here: its client may have no redirect URI of ours.
    askedDataCenter: flow.redirect_uri === config.redirectUri ? flow.asked_data_center : null,
    apiDomain: zoho.hosts.trustedApiDomain(flow.data_center, answer.apiDomain),
    environment: answer.apiDomain === null ? null : environmentOf(answer.apiDomain),
    scopes,
    // The console’s codes do not tell what was asked for.
    askedScopes: asked.length > 0 ? asked : scopes,
    account,
    refreshToken: answer.refreshToken,
    access: {
      token: answer.accessToken,
      expiresAt: iso(addSeconds(new Date(answer.receivedAt), answer.expiresIn)),
      life: answer.expiresIn,
      receivedAt: answer.receivedAt,
      requestedBy: 'connect',
    },
  };
}

/** In a transaction. A grant that would change what the connection is for is set aside, unless confirmed. */
export async function saveGrant(
  transaction: Context,
  flow: FlowRow,
  answer: KeptAnswer & { readonly account: Identity },
  by: { readonly actor: Actor; readonly isConfirmed: boolean },
): Promise<Outcome> {
  const { store } = transaction;
  const { actor } = by;
  const time = iso(transaction.now());
  const { refreshToken, account } = answer;
  const name = flow.connection_name;
  const grant = grantOf(transaction, flow, answer, account);
  const seen = await findConnection(store, name);
  const errorCode = seen ? refusalOf(seen, account, flow.link_id !== null) : null;
  if (errorCode !== null) return endBadlyIn(transaction, flow, { errorCode, revoke: refreshToken }, actor);
  const changes = seen && !by.isConfirmed ? changesOf(seen, grant) : [];
  if (changes.length > 0) return setAside(transaction, flow, answer, changes, actor);
  await dropUnconfirmed(transaction, name, actor);
  const connection = completed(grant, seen);
  const stored = seen
    ? await renewConnection(store, seen, connection, time)
    : await addConnection(store, connection, time);
  // On PostgreSQL another instance may have come between; what it stored is read anew then.
  if (!stored) return saveGrant(transaction, flow, answer, by);
  if (seen) await revokeReplaced(transaction, seen, refreshToken);
  await endFlow(store, flow.id, 'done', null, time);
  await dismissFlowsOf(store, name, time);
  const action = seen ? 'reconnected' : 'connected';
  await record(transaction, actor, { action, subject: name });
  const tell = (): void => transaction.log.info({ connection: name, data_center: flow.data_center }, action);
  transaction.afterCommit?.push(tell);
  return { kind: 'connected', name, again: seen !== undefined };
}

/** Programs were promised how long their access tokens live, so these live on: revoking would end them as well. */
async function revokeReplaced({ store, now }: Context, seen: ConnectionRow, refreshToken: string): Promise<void> {
  const old = openOrNull(() => openRefreshToken(store, seen));
  if (old === null || old === refreshToken) return;
  const { name: connectionName, client_id: clientId, data_center: dataCenter, zuid, given_out_until: due } = seen;
  const revocation = { connectionName, clientId, dataCenter, zuid, madeAt: seen.connected_at, token: old, due };
  await addRevocation(store, revocation, iso(now()));
}
