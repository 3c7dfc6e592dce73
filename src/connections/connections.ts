import type { Revocations } from './revocations';
import { notFound } from '../lib/problem';
import {
  deleteConnection,
  findConnection,
  forgetTokens,
  openAccessToken,
  openRefreshToken,
} from '../store/connections';
import { type Actor, recordEvent } from '../store/events';
import { readable } from '../store/encryption/readable';
import { addRevocation } from '../store/revocations';
import type { ConnectionRow } from '../store/schema';
import { inTransaction, type Store } from '../store/store';
import { type Clock, iso } from '../lib/time';

export type TokenKind = 'access_token' | 'refresh_token';

export type Connections = ReturnType<typeof createConnections>;

/** What a person does to a connection that exists. All throw a Problem when there is none of that name. */
export function createConnections(parts: { store: Store; revocations: Revocations; now: Clock }) {
  const { store, revocations, now } = parts;
  return { find, reveal, disconnect, remove };

  async function find(name: string): Promise<ConnectionRow> {
    const connection = await findConnection(store, name);
    if (!connection) throw notFound(name);
    return connection;
  }

  /** A stored token in clear; null when there is none. Recorded before it is given out. */
  async function reveal(name: string, kind: TokenKind, actor: Actor): Promise<string | null> {
    const connection = await find(name);
    const token = kind === 'access_token' ? openAccessToken(store, connection) : openRefreshToken(store, connection);
    if (token === null) return null;
    await recordEvent(store, actor, { action: 'token_revealed', subject: name, detail: kind }, iso(now()));
    return token;
  }

  /** Takes the tokens out of use at once and ends them at Zoho. The connection stays and can be reconnected. */
  async function disconnect(name: string, actor: Actor): Promise<void> {
    await takeOut(name, forgetTokens, 'disconnected', actor);
  }

  /** The same, and forgets the connection as well. */
  async function remove(name: string, actor: Actor): Promise<void> {
    await takeOut(name, deleteConnection, 'deleted', actor);
  }

  async function takeOut(
    name: string,
    change: (store: Store, seen: ConnectionRow) => Promise<boolean>,
    action: string,
    actor: Actor,
  ): Promise<void> {
    // A refresh may change the row between reading and taking out; then it is read again.
    while (!(await inTransaction(store, (transaction) => tryTakeOut(transaction, name, change, action, actor))));
    await revocations.flush();
  }

  async function tryTakeOut(
    transaction: Store,
    name: string,
    change: (store: Store, seen: ConnectionRow) => Promise<boolean>,
    action: string,
    actor: Actor,
  ): Promise<boolean> {
    const seen = await findConnection(transaction, name);
    if (!seen) throw notFound(name);
    if (!(await change(transaction, seen))) return false;
    const token = readable(() => openRefreshToken(transaction, seen));
    if (token !== null) {
      await addRevocation(transaction, { connectionName: name, dataCenter: seen.data_center, token }, iso(now()));
    }
    await recordEvent(transaction, actor, { action, subject: name }, iso(now()));
    return true;
  }
}
