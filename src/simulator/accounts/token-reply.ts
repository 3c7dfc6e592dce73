import { json, type Answer } from '../http/answer';
import { joinScopes } from '../state/scopes';
import type { AccessToken, RefreshToken } from '../state/tokens';
import type { World } from '../state/world';
import { apiUrlFor } from './organisations';

interface Issued {
  accessToken: AccessToken;
  refreshToken?: RefreshToken | undefined;
  idToken?: string | undefined;
}

/** A success of a token endpoint, its members in Zoho's order. */
export function tokenReply(world: World, { accessToken, refreshToken, idToken }: Issued): Answer {
  const { settings } = world;
  const life = settings.accessTokenLife;
  // Members that are undefined do not appear in JSON.
  return json({
    access_token: accessToken.value,
    refresh_token: refreshToken?.value,
    scope: settings.scopeInReply ? joinScopes(accessToken.scopes, settings.expandAll) : undefined,
    api_domain: settings.apiDomainInReply ? (settings.apiDomain ?? apiUrlFor(world, accessToken)) : undefined,
    token_type: 'Bearer',
    ...(settings.expiresInSec ? { expires_in_sec: life, expires_in: life * 1000 } : { expires_in: life }),
    id_token: idToken,
  });
}
