import { type Actor, noteIfWritable, record } from '../audit';
import { findClient } from '../connections/clients';
import { getConnection } from '../connections/connections';
import type { Context } from '../context';
import { Problem } from '../lib/problem';
import { markGivenOut } from '../store/access-tokens';
import { openRefreshToken } from '../store/connections';
import { openOrNull } from '../store/encryption/cipher';
import type { ConnectionRow } from '../store/schema';
import type { FreshToken } from '../tokens/fresh-token';
import type { Tokens } from '../tokens/tokens';
import { storedScopes } from '../zoho/scopes';
import type { ConnectionExport } from './connection-export';
import { findFormat, type Format, formats } from './formats';

export interface Exported {
  readonly format: Format;
  readonly text: string;
}

/**
 * A connection as a file for another program, with an access token that is valid now where the format holds one. What holds
 * a secret is recorded before it is given out, unless it renews a file that was. Throws a Problem.
 */
export async function exportConnection(
  context: Context,
  tokens: Tokens,
  wanted: { readonly name: string; readonly format: string; readonly renews?: boolean },
  actor: Actor,
): Promise<Exported> {
  const format = requireFormat(wanted.format);
  const connection = await getConnection(context, wanted.name);
  if (format.holds === null) return { format, text: format.make(openExport(context, connection)) };
  const made = await closedExport(context, await freshToken(tokens, wanted.name));
  if (made === null) return exportConnection(context, tokens, wanted, actor);
  const text = format.make(made);
  if (!wanted.renews) await record(context, actor, { action: 'exported', subject: wanted.name, detail: format.name });
  return { format, text };
}

export function requireFormat(name: string): Format {
  const format = findFormat(name);
  if (format) return format;
  const known = formats.map((one) => one.name).join(', ');
  throw new Problem(400, 'unknown_format', `There is no format called “${name}”.`, `Use one of ${known}.`);
}

/** A token as good as a program gets that does not say how long it must live. */
async function freshToken(tokens: Tokens, name: string): Promise<FreshToken> {
  try {
    return await tokens.get(name, 60, 'program');
  } catch (error) {
    const stored = error instanceof Problem ? await tokens.stored(name) : null;
    if (stored) return stored;
    throw error;
  }
}

/** All but what is secret, and when the token ends. */
type PlainExport = Omit<ConnectionExport, 'clientSecret' | 'refreshToken' | 'accessToken' | 'expiresAt'>;

export function openExport({ config, zoho }: Context, row: ConnectionRow): PlainExport {
  return {
    connection: row.name,
    clientId: row.client_id,
    accountsUrl: zoho.hosts.accountsUrl(row.data_center),
    apiDomain: row.api_domain,
    dataCenter: row.data_center,
    scopes: storedScopes(row.scopes),
    redirectUri: config.redirectUri,
    userEmail: row.user_email,
    keeperUrl: config.baseUrl,
  };
}

/**
 * Null when a reconnect has replaced these tokens meanwhile. Throws a Problem when the client is not set up any more, or the
 * refresh token cannot be read.
 */
export async function closedExport(
  context: Context,
  { connection, accessToken }: Pick<FreshToken, 'connection' | 'accessToken'>,
): Promise<ConnectionExport | null> {
  const { client_id: clientId, data_center: dataCenter, access_token_expires_at: expiresAt } = connection;
  const refreshToken = openOrNull(() => openRefreshToken(context.store, connection));
  if (refreshToken === null || expiresAt === null) {
    throw new Problem(409, 'needs_reconnect', 'This connection has no refresh token that can be read.', 'Reconnect.');
  }
  const client = await findClient(context, clientId, dataCenter);
  // Whoever has the file goes on with its token through a reconnect.
  const isStored = await noteIfWritable(context, connection.name, () => markGivenOut(context.store, connection));
  if (isStored === false) return null;
  return { ...openExport(context, connection), clientSecret: client.secret, refreshToken, accessToken, expiresAt };
}
