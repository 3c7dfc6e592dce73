import type { Context } from '../context';
import { Problem } from '../lib/problem';
import { findConnection } from '../store/connections';
import type { Client } from '../zoho/client';
import type { DataCenterCode } from '../zoho/data-centers';
import type { Explanation } from '../zoho/errors';
import { storedScopes } from '../zoho/scopes';
import { chooseClient, clientForReconnect } from './clients';
import { freeName } from './free-name';
import { isConnectionName, nameRule } from './names';

/** What a person says to connect, by whichever way. What is left out is that of the connection, else the usual. */
export interface OtherWay {
  /** Empty lets the Keeper choose. */
  readonly name: string;
  /** Says that the connection of this name, if there is one, is to be renewed. */
  readonly reconnect: boolean;
  readonly clientId: string;
  readonly dataCenter: DataCenterCode | null;
  readonly scopes: readonly string[];
}

export interface Prepared {
  readonly name: string;
  readonly client: Client;
  /** Where the account lives, as far as it is known. */
  readonly dataCenter: DataCenterCode;
  /** Where consent by a browser is asked for. */
  readonly askAt: DataCenterCode;
  readonly scopes: readonly string[];
}

/**
 * Completes what was said; `usual` are the scopes where neither that nor a connection names any. Throws a Problem when the
 * name, or the client, cannot be used.
 */
export async function prepare(
  context: Context,
  request: OtherWay,
  usual: readonly string[] = context.config.scopes,
): Promise<Prepared> {
  const name = request.name === '' ? await freeName(context, 'default') : request.name;
  if (!isConnectionName(name)) throw new Problem(400, 'invalid_name', 'That name cannot be used.', nameRule);
  const seen = await findConnection(context.store, name);
  if (seen && !request.reconnect) {
    const next = 'Choose another name, or reconnect that one: on its page, or on the command line with --reconnect.';
    throw new Problem(409, 'name_taken', `There is a connection called “${name}” already.`, next);
  }
  const client = await clientFor(context, request.clientId, seen?.client_id ?? '');
  const same = seen?.client_id === client.clientId ? seen : undefined;
  const scopes = [request.scopes, storedScopes(seen?.asked_scopes ?? seen?.scopes ?? ''), usual];
  return {
    name,
    client,
    dataCenter: request.dataCenter ?? same?.data_center ?? client.dataCenter,
    askAt: request.dataCenter ?? same?.asked_data_center ?? client.dataCenter,
    scopes: scopes.find((some) => some.length > 0) ?? [],
  };
}

/** The client that was named; else the connection's own while that is set up, and the default one. */
function clientFor(context: Context, named: string, own: string): Promise<Client> {
  return named === '' && own !== '' ? clientForReconnect(context, own) : chooseClient(context, named);
}

export function problemOf({ code, sentence, next }: Explanation): Problem {
  return new Problem(code === 'throttled' ? 503 : 400, code, sentence, next);
}
