import { apiUrlFor } from '../accounts/organisations';
import type { Received } from './received';
import { allows } from '../state/scopes';
import type { AccessToken } from '../state/tokens';
import { apiUrlOf, environments, type World } from '../state/world';

export type Refusal = 'no_token' | 'dead_token' | 'scope_missing';
/** What may stand before the token; only some products document `Bearer`. */
export type Schemes = readonly ('zoho-oauthtoken' | 'bearer')[];

/**
 * Judges the access token of an API call. A living token of another region or environment is as good as dead.
 * @param anyOf scopes of which one is needed; none for calls that every token may make
 */
export function bearer(
  world: World,
  received: Received,
  schemes: Schemes,
  anyOf: readonly string[],
): AccessToken | Refusal {
  const sent = tokenOf(received);
  if (sent === undefined || !schemes.some((name) => name === sent.scheme)) return 'no_token';
  const token = world.tokens.findAccess(sent.value);
  if (token === undefined || token.dataCenter !== received.dataCenter) return 'dead_token';
  if (!isOfThisEnvironment(world, received, token)) return 'dead_token';
  return anyOf.length === 0 || anyOf.some((scope) => allows(token.scopes, scope)) ? token : 'scope_missing';
}

/** Where environments have hosts of their own, each takes its own tokens. */
function isOfThisEnvironment(world: World, { headers, dataCenter }: Received, token: AccessToken): boolean {
  const hosts = environments.map((environment) => new URL(apiUrlOf(world, dataCenter, environment)).host);
  return !hosts.includes(headers.host ?? '') || new URL(apiUrlFor(world, token)).host === headers.host;
}

/** What the authorization header carries, whatever it is called there. */
export function tokenOf({ headers }: Received): { scheme: string; value: string } | undefined {
  const [scheme = '', value] = (headers.authorization ?? '').trim().split(/\s+/);
  return value === undefined ? undefined : { scheme: scheme.toLowerCase(), value };
}
