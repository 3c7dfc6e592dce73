import { portalOf, type Client } from '../state/clients';
import { parametersOf, type Received } from '../http/received';
import type { World } from '../state/world';

/**
 * The client that a request comes from, or Zoho's word for why it is refused.
 * A secret that belongs to another data centre looks like an unknown client, a wrong one does not.
 */
export function authenticate(
  world: World,
  received: Received,
  wrongDataCenter = false,
): Client | 'invalid_client' | 'invalid_client_secret' {
  const { id, secret } = credentialsOf(received);
  const client = world.clients.find(id);
  if (client === undefined || !client.enabled.has(received.dataCenter) || wrongDataCenter) return 'invalid_client';
  if (client.portal !== portalOf(received.path)) return 'invalid_client';
  if (client.secrets.get(received.dataCenter) === secret) return client;
  return [...client.secrets.values()].includes(secret ?? '') ? 'invalid_client' : 'invalid_client_secret';
}

/** From the parameters or, where those name no client, from an `Authorization: Basic` header. */
export function credentialsOf(received: Received): { id?: string; secret?: string } {
  const { client_id: id, client_secret: secret } = parametersOf(received);
  const basic = /^Basic\s+(\S+)$/i.exec(received.headers.authorization ?? '')?.[1];
  if (basic === undefined || id !== undefined) {
    return { ...(id === undefined ? {} : { id }), ...(secret === undefined ? {} : { secret }) };
  }
  const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? [];
  return { id: decoded(name), secret: decoded(password) };
}

/** RFC 6749 has both parts form-encoded first; many clients leave that out. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
