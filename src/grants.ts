import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from './log';
import { Problem } from './problem';
import type { Revocations } from './revocations';
import { addConnection, findConnection, type Grant, openRefreshToken, replaceGrant } from './store/connections';
import { type Actor, recordEvent } from './store/events';
import { dismissFlowsOf, endFlow, keepAnswer } from './store/flows';
import { readable } from './store/readable';
import { addRevocation } from './store/revocations';
import type { ConnectionRow, FlowRow } from './store/schema';
import { inTransaction, type Store } from './store/store';
import { type Clock, iso, later } from './time';
import type { TokenAnswer } from './zoho/answers';
import type { Zoho } from './zoho/client';
import { storedDataCenter } from './zoho/data-centers';
import type { Meaning } from './zoho/errors';
import { meaningOf } from './zoho/meanings';

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
export function createGrants(parts: { store: Store; zoho: Zoho; revocations: Revocations; now: Clock; log: Log }) {
  const { store, zoho, revocations, now, log } = parts;
  return { keep, finish };

  /** Writes the answer down at once, then makes the connection. Tokens that cannot be stored are revoked at Zoho. */
  async function keep(flow: FlowRow, kept: KeptAnswer, actor: Actor): Promise<Outcome> {
    const giveUp = later(now(), storingPatience);
    for (let pause = 100; ; pause = Math.min(pause * 2, 5000)) {
      try {
        await keepAnswer(store, flow.id, JSON.stringify(kept), iso(now()));
        return await finish(flow, kept, actor);
      } catch (error) {
        log.error({ connection: flow.connection_name, problem: messageOf(error) }, 'tokens could not be stored');
        if (now() > giveUp) break;
        await wait(pause);
      }
    }
    await zoho.revoke(storedDataCenter(flow.data_center), kept.refreshToken).catch(() => undefined);
    const next = 'Look at the disk and the log of the Keeper, then connect again.';
    throw new Problem(503, 'not_stored', 'The tokens could not be stored, so they were revoked at Zoho.', next);
  }

  /** Makes or renews the connection from an answer that is kept in the flow. */
  async function finish(flow: FlowRow, kept: KeptAnswer, actor: Actor): Promise<Outcome> {
    const dataCenter = storedDataCenter(flow.data_center);
    const scopes = kept.scopes ?? flow.scopes.split(' ');
    const account = await zoho.account(dataCenter, kept.apiDomain, kept.accessToken, scopes);
    const grant: Grant = {
      name: flow.connection_name,
      clientId: flow.client_id,
      dataCenter,
      apiDomain: kept.apiDomain,
      scopes,
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
    const outcome = await inTransaction(store, (transaction) => keepGrant(transaction, flow, grant, actor));
    revocations.flushSoon();
    return outcome;
  }

  /** All or nothing: the connection, the end of the flow, and the revocation of what it replaces. */
  async function keepGrant(transaction: Store, flow: FlowRow, grant: Grant, actor: Actor): Promise<Outcome> {
    const time = iso(now());
    const { name } = grant;
    const seen = await findConnection(transaction, name);
    if (seen && isSomebodyElse(seen, grant)) {
      const revocation = { connectionName: name, dataCenter: grant.dataCenter, token: grant.refreshToken };
      await addRevocation(transaction, revocation, time);
      await endFlow(transaction, flow.id, 'failed', 'different_user', time);
      await recordEvent(
        transaction,
        actor,
        { action: 'connect_failed', subject: name, detail: 'different_user' },
        time,
      );
      return { kind: 'failed', name, meaning: meaningOf('different_user', 'connect') };
    }
    const stored = seen
      ? await replaceGrant(transaction, seen, grant, time)
      : await addConnection(transaction, grant, time);
    if (!stored) throw new Error('the connection changed while its tokens were stored');
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

function isSomebodyElse(seen: ConnectionRow, grant: Grant): boolean {
  return seen.zuid !== null && grant.account.zuid !== null && seen.zuid !== grant.account.zuid;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
