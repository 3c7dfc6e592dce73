import { setTimeout as wait } from 'node:timers/promises';
import type { Clients } from './clients';
import type { Log } from '../lib/log';
import { Problem } from '../lib/problem';
import type { Revocations } from './revocations';
import { addConnection, findConnection, type Grant, openRefreshToken, replaceGrant } from '../store/connections';
import { type Actor, recordEvent } from '../store/events';
import { dismissFlowsOf, endFlow, findFlow, keepAnswer } from '../store/flows';
import { storageFault } from '../store/faults';
import { readable } from '../store/encryption/readable';
import { addRevocation } from '../store/revocations';
import type { ConnectionRow, FlowRow } from '../store/schema';
import { inTransaction, type Store } from '../store/store';
import { type Clock, iso, later } from '../lib/time';
import type { TokenAnswer } from '../zoho/answers';
import type { Zoho } from '../zoho/client';
import { storedDataCenter } from '../zoho/data-centers';
import type { Meaning } from '../zoho/errors';
import { meaningOf } from '../zoho/messages';

/** How long to go on trying to write tokens down that Zoho has given out, in seconds. */
const storingPatience = 30;

/** A token answer with all that a connection needs. */
export interface KeptAnswer extends TokenAnswer {
  readonly refreshToken: string;
  readonly receivedAt: string;
}

export type Outcome =
  | { readonly kind: 'connected'; readonly name: string; readonly again: boolean }
  | { readonly kind: 'failed'; readonly name: string; readonly meaning: Meaning }
  /** The same callback is being worked on by another request, or was interrupted. */
  | { readonly kind: 'unfinished'; readonly name: string };

export type Grants = ReturnType<typeof createGrants>;

/** From Zoho's token answer to a stored connection, without a moment in which a crash would lose the tokens. */
export function createGrants(parts: {
  store: Store;
  zoho: Zoho;
  clients: Clients;
  revocations: Revocations;
  now: Clock;
  log: Log;
}) {
  const { store, zoho, clients, revocations, now, log } = parts;
  return { keep, recover };

  /**
   * Writes the answer down at once, then makes the connection. Once it is written, nothing revokes the new tokens and
   * recovery goes on where this stops. Tokens that certainly could not be written down are revoked at Zoho.
   */
  async function keep(flow: FlowRow, kept: KeptAnswer, actor: Actor): Promise<Outcome> {
    const end = later(now(), storingPatience);
    const unwritten = await patiently(flow, end, () => keepAnswer(store, flow.id, JSON.stringify(kept), iso(now())));
    const isWritten = unwritten === null || (await isThere(flow));
    if (isWritten !== true) throw await lost(flow, kept, isWritten);
    let outcome: Outcome = { kind: 'unfinished', name: flow.connection_name };
    const unfinished = await patiently(flow, end, async () => void (outcome = await finish(flow, kept, actor)));
    return unfinished === null || storageFault(unfinished) !== null ? outcome : giveUp(flow, kept, actor);
  }

  /** Repeats `work` while it fails, until `end`. Returns the last error, null when it succeeded after all. */
  async function patiently(flow: FlowRow, end: Date, work: () => Promise<void>): Promise<unknown> {
    for (let pause = 100; ; pause = Math.min(pause * 2, 5000)) {
      try {
        await work();
        return null;
      } catch (error) {
        log.error({ connection: flow.connection_name, problem: messageOf(error) }, 'tokens could not be stored');
        if (now() > end) return error;
        await wait(pause);
      }
    }
  }

  /** Whether the answer was written down although the database said otherwise, as it may; null when nobody can tell. */
  async function isThere(flow: FlowRow): Promise<boolean | null> {
    try {
      const found = await findFlow(store, flow.id);
      return found !== undefined && found.answer_sealed !== null;
    } catch {
      return null;
    }
  }

  /** Tokens that certainly are not written down are revoked. Those that may be are not: recovery would store them later. */
  async function lost(flow: FlowRow, kept: KeptAnswer, isWritten: false | null): Promise<Problem> {
    const next = 'Look at the disk and the log of the Keeper, then connect again.';
    if (isWritten === null) {
      const sentence = 'The database went away before it said that the tokens are stored.';
      return new Problem(503, 'not_stored', sentence, 'When it is back, look whether the connection is there.');
    }
    const client = await clients.current(flow.data_center).catch(() => null);
    const revoked = await zoho.revoke(client, storedDataCenter(flow.data_center), kept.refreshToken).then(
      () => true,
      () => false,
    );
    const sentence = revoked
      ? 'The tokens could not be stored, so they were revoked at Zoho.'
      : 'The tokens could not be stored, nor revoked at Zoho: remove the app there (My Account, Sessions, Connected Apps).';
    return new Problem(503, 'not_stored', sentence, next);
  }

  /** Ends a flow whose answer cannot become a connection although the storage works, and has its tokens revoked. */
  async function giveUp(flow: FlowRow, kept: KeptAnswer, actor: Actor): Promise<Outcome> {
    const name = flow.connection_name;
    await inTransaction(store, async (transaction) => {
      const time = iso(now());
      // Another instance may have been luckier.
      if (!(await endFlow(transaction, flow.id, 'failed', 'not_stored', time))) return;
      const revocation = { connectionName: name, dataCenter: flow.data_center, token: kept.refreshToken };
      await addRevocation(transaction, revocation, time);
      await recordEvent(transaction, actor, { action: 'connect_failed', subject: name, detail: 'not_stored' }, time);
    });
    revocations.flushSoon();
    return { kind: 'failed', name, meaning: meaningOf('not_stored', 'connect') };
  }

  /** Makes or renews the connection from an answer that an earlier process kept in the flow. */
  async function recover(flow: FlowRow, kept: KeptAnswer, actor: Actor): Promise<void> {
    try {
      await finish(flow, kept, actor);
    } catch (error) {
      // The next round tries again.
      if (storageFault(error) !== null) throw error;
      log.error({ connection: flow.connection_name, problem: messageOf(error) }, 'tokens could not be stored');
      await giveUp(flow, kept, actor);
    }
  }

  async function finish(flow: FlowRow, kept: KeptAnswer, actor: Actor): Promise<Outcome> {
    const dataCenter = storedDataCenter(flow.data_center);
    const askedScopes = flow.scopes.split(' ');
    const scopes = kept.scopes ?? askedScopes;
    const apiDomain = kept.apiDomain ?? zoho.hosts.apiUrl(dataCenter);
    // What Zoho lists as granted is not always all that it granted.
    const account = await zoho.account(dataCenter, apiDomain, kept.accessToken, [...scopes, ...askedScopes]);
    const grant: Grant = {
      name: flow.connection_name,
      clientId: flow.client_id,
      dataCenter,
      apiDomain,
      scopes,
      askedScopes,
      account,
      refreshToken: kept.refreshToken,
      access: {
        token: kept.accessToken,
        expiresAt: iso(later(new Date(kept.receivedAt), kept.expiresIn)),
        life: kept.expiresIn,
        receivedAt: kept.receivedAt,
        askedBy: 'connect',
      },
    };
    const outcome = await inTransaction(store, (transaction) =>
      keepGrant(transaction, flow, grant, account.unclear, actor),
    );
    revocations.flushSoon();
    return outcome;
  }

  /** All or nothing: the connection, the end of the flow, and the revocation of what it replaces. */
  async function keepGrant(
    transaction: Store,
    flow: FlowRow,
    grant: Grant,
    isUnclear: boolean,
    actor: Actor,
  ): Promise<Outcome> {
    const time = iso(now());
    const { name } = grant;
    const seen = await findConnection(transaction, name);
    const refusal = seen && refusalOf(seen, grant, isUnclear);
    if (refusal) {
      const revocation = { connectionName: name, dataCenter: grant.dataCenter, token: grant.refreshToken };
      await addRevocation(transaction, revocation, time);
      await endFlow(transaction, flow.id, 'failed', refusal, time);
      await recordEvent(transaction, actor, { action: 'connect_failed', subject: name, detail: refusal }, time);
      return { kind: 'failed', name, meaning: meaningOf(refusal, 'connect') };
    }
    const stored = seen
      ? await replaceGrant(transaction, seen, grant, time)
      : await addConnection(transaction, grant, time);
    // On PostgreSQL another instance may have come between; what it stored is read anew then.
    if (!stored) return keepGrant(transaction, flow, grant, isUnclear, actor);
    const old = seen ? readable(() => openRefreshToken(transaction, seen)) : null;
    if (seen && old !== null && old !== grant.refreshToken) {
      await addRevocation(transaction, { connectionName: name, dataCenter: seen.data_center, token: old }, time);
    }
    await endFlow(transaction, flow.id, 'done', null, time);
    await dismissFlowsOf(transaction, name, time);
    await recordEvent(transaction, actor, { action: seen ? 'reconnected' : 'connected', subject: name }, time);
    return { kind: 'connected', name, again: seen !== undefined };
  }
}

/** Why this grant must not replace what is stored: scripts would write into somebody else's books. */
function refusalOf(seen: ConnectionRow, { account }: Grant, isUnclear: boolean): string | null {
  if (seen.zuid === null) return null;
  if (account.zuid === null) return isUnclear ? 'user_unclear' : null;
  return seen.zuid === account.zuid ? null : 'different_user';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
