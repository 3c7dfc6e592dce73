import { html, json, type Answer } from '../http/answer';
import { parametersOf, type Fields, type Received } from '../http/received';
import { prefixOf } from '../state/clients';
import { readScopes } from '../state/scopes';
import type { RefreshToken } from '../state/tokens';
import type { World } from '../state/world';
import type { DataCenterCode } from '../../zoho/data-centers';
import { AuthorizationRefused, registeredAt, separator } from './authorization';
import { authenticate } from './credentials';

const life = 600;

/** `/oauth/v2/token/scopeenhance`: a token with which a person can be asked to widen a refresh token. */
export function answerScopeEnhance(world: World, received: Received): Answer {
  const parameters = parametersOf(received);
  if (received.method !== 'POST') return html('HTTP Status 400 – Bad Request', 'Method not allowed here.', 400);
  if (parameters.grant_type !== 'update_scopes_token') return json({ error: 'invalid_client' });
  const refreshToken = world.tokens.findRefresh(parameters.refresh_token);
  const elsewhere = refreshToken !== undefined && refreshToken.dataCenter !== received.dataCenter;
  const client = authenticate(world, received, elsewhere);
  if (typeof client === 'string') return json({ error: client });
  if (refreshToken?.clientId !== client.id) return json({ error: 'invalid_code' });
  const value = world.mint.token('enhance_token', prefixOf(client));
  world.enhancements.add(value, {
    refreshToken: refreshToken.value,
    expiresAt: world.clock.now() + life * 1000,
  });
  return json({ access_token: value, token_type: 'update_scope', expires_in: life });
}

/** A request to widen a refresh token that passed the checks. */
export interface Widening {
  readonly token: RefreshToken;
  readonly enhanceToken: string;
  readonly clientName: string;
  readonly redirectUri: string;
  /** Those that the token has not yet. */
  readonly scopes: readonly string[];
  readonly logout: boolean;
}

/** What `/oauth/v2/token/addextrascope` was asked. Throws AuthorizationRefused where Zoho shows an error page. */
export function readWidening(world: World, dataCenter: DataCenterCode, query: Partial<Fields>): Widening {
  if (query.response_type !== 'update_scopes') {
    throw new AuthorizationRefused('Invalid response type', 'The response type has to be update_scopes.');
  }
  const { client, redirectUri } = registeredAt(world, dataCenter, query);
  const scopes = readScopes(query.scope, world.settings);
  if (scopes === undefined) throw new AuthorizationRefused('Invalid OAuth Scope', 'Scope does not exist.');
  const { enhance_token: enhanceToken = '', logout } = query;
  const token = world.tokens.findRefresh(world.enhancements.find(enhanceToken)?.refreshToken);
  if (token === undefined || token.clientId !== client.id || token.dataCenter !== dataCenter) {
    throw new AuthorizationRefused('An error occurred', 'The scope enhancement token is not valid.');
  }
  const added = scopes.filter((scope) => !token.scopes.includes(scope));
  return { token, enhanceToken, clientName: client.name, redirectUri, scopes: added, logout: logout === 'true' };
}

/** The URL after Accept. The refresh token and its access tokens are wider from now on, and stay what they are. */
export function widen(world: World, { token, enhanceToken, redirectUri, scopes }: Widening): string {
  world.enhancements.remove(enhanceToken);
  world.consents.add(token.zuid, token.clientId, scopes);
  world.tokens.widen(token.value, scopes);
  return `${redirectUri}${separator(redirectUri)}status=success&scope_enhanced=true`;
}

/** The URL after Reject. */
export function refuseWidening({ redirectUri }: Widening): string {
  return `${redirectUri}${separator(redirectUri)}error=access_denied`;
}
