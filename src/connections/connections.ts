import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { notFound } from '../errors';
import { iso } from '../lib/time';
import { markGivenOut } from '../store/access-tokens';
import {
  deleteConnection,
  findConnection,
  forgetTokens,
  openAccessToken,
  openRefreshToken,
} from '../store/connections';
import { openOrNull } from '../store/encryption/cipher';
import { addRevocation, hastenRevocations } from '../store/revocations';
import type { ConnectionRow } from '../store/schema';
import type { Store } from '../store/store';
import { isConnectionName } from './names';
import { revokeNow } from './revocations';
import { dropUnconfirmed } from './set-aside';

export { countConnections, findConnection, listConnections } from '../store/connections';
export { type Found, findNamed, knownNames, pageOfConnections } from '../store/connection-names';

export type TokenKind = 'access_token' | 'refresh_token';

/** Throws a Problem when there is none of that name. */
export async function getConnection({ store }: Context, name: string): Promise<ConnectionRow> {
  const connection = isConnectionName(name) ? await findConnection(store, name) : undefined;
  if (!connection) throw notFound(name);
  return connection;
}

/** A stored token in clear; null when there is none. Recorded before it is given out. Throws a Problem. */
export async function reveal(context: Context, name: string, kind: TokenKind, actor: Actor): Promise<string | null> {
  const { store } = context;
  const connection = await getConnection(context, name);
  const token = kind === 'access_token' ? openAccessToken(store, connection) : openRefreshToken(store, connection);
  if (token === null) return null;
  // A reconnect that came between has ended it, or will at once.
  if (kind === 'access_token' && !(await markGivenOut(store, connection))) return reveal(context, name, kind, actor);
  await record(context, actor, { action: 'token_revealed', subject: name, detail: kind });
  return token;
}

/** What became of the tokens at Zoho: `none` when there were none, `pending` when the Keeper goes on trying. */
export type Revoked = 'revoked' | 'pending' | 'none';

/** Ends the tokens here and at Zoho; the connection can be reconnected. Throws a Problem when there is none. */
export async function disconnect(context: Context, name: string, actor: Actor): Promise<Revoked> {
  return takeOut(context, name, forgetTokens, { action: 'disconnected', actor });
}

export async function remove(context: Context, name: string, actor: Actor): Promise<Revoked> {
  return takeOut(context, name, deleteConnection, { action: 'deleted', actor });
}

type TakeOut = (store: Store, seen: ConnectionRow) => Promise<boolean>;

async function takeOut(
  context: Context,
  name: string,
  change: TakeOut,
  event: { action: string; actor: Actor },
): Promise<Revoked> {
  for (;;) {
    const taken = await inTransaction(context, (transaction) => tryTakeOut(transaction, name, change, event));
    // A refresh changed the row between reading and taking out, so it is read again.
    if (taken === null) continue;
    if (taken.length === 0) return 'none';
    const revoked = await Promise.all(taken.map((id) => revokeNow(context, id)));
    return revoked.every(Boolean) ? 'revoked' : 'pending';
  }
}

async function tryTakeOut(
  transaction: Context,
  name: string,
  change: TakeOut,
  { action, actor }: { action: string; actor: Actor },
): Promise<string[] | null> {
  const { store, now } = transaction;
  const seen = await getConnection(transaction, name);
  const time = iso(now());
  await dropUnconfirmed(transaction, name, actor);
  if (!(await change(store, seen))) return null;
  await record(transaction, actor, { action, subject: name });
  const token = openOrNull(() => openRefreshToken(store, seen));
  if (token !== null) {
    const { client_id: clientId, data_center: dataCenter, zuid, connected_at: madeAt } = seen;
    await addRevocation(store, { connectionName: name, clientId, dataCenter, zuid, madeAt, token }, time);
  }
  // Tokens that a reconnect left to live for programs end now as well.
  return hastenRevocations(store, name, time);
}
