import type { Received } from './received';
import { allows } from '../state/scopes';
import type { AccessToken } from '../state/tokens';
import type { World } from '../state/world';

export type Refusal = 'no_token' | 'dead_token' | 'scope_missing';

/**
 * Judges the access token of an API call. A living token of another region is as good as dead.
 * @param schemes what may stand before the token; only some products document `Bearer`
 * @param anyOf scopes of which one is needed; none for calls that every token may make
 */
export function bearer(
  world: World,
  { dataCenter, headers }: Received,
  schemes: readonly ('zoho-oauthtoken' | 'bearer')[],
  anyOf: readonly string[],
): AccessToken | Refusal {
  const [scheme = '', value] = (headers.authorization ?? '').trim().split(/\s+/);
  const known = schemes.some((name) => name === scheme.toLowerCase());
  if (!known || value === undefined) return 'no_token';
  const token = world.tokens.findAccess(value);
  if (token === undefined || token.dataCenter !== dataCenter) return 'dead_token';
  return anyOf.length === 0 || anyOf.some((scope) => allows(token.scopes, scope)) ? token : 'scope_missing';
}
