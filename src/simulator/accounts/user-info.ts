import { json, type Answer } from '../http/answer';
import { bearer } from '../http/bearer';
import { claimsOf, keySet } from './identity';
import type { Received } from '../http/received';
import type { Refusals } from '../products/refusals';
import { urlOf, type World } from '../state/world';
import { dataCenter } from '../../zoho/data-centers';

const schemes = ['zoho-oauthtoken', 'bearer'] as const;

const deadToken = json({ response: 'error', cause: 'INVALID_OAUTHTOKEN' }, 401);
export const userInfoRefusals: Refusals = {
  no_token: deadToken,
  dead_token: deadToken,
  scope_missing: json({ response: 'error', cause: 'INVALID_OAUTHSCOPE' }, 401),
};

/** `/oauth/user/info` */
export function answerUserInfo(world: World, received: Received): Answer {
  const token = bearer(world, received, schemes, ['AaaServer.profile.READ']);
  if (typeof token === 'string') return userInfoRefusals[token];
  const user = world.users.get(token.zuid);
  return json({
    First_Name: user.firstName,
    Email: user.email,
    Last_Name: user.lastName,
    Display_Name: user.displayName,
    ZUID: user.zuid,
  });
}

/** `/oauth/v2/userinfo` of OpenID Connect. */
export function answerOpenIdUserInfo(world: World, received: Received): Answer {
  const token = bearer(world, received, ['bearer', 'zoho-oauthtoken'], ['openid', 'profile', 'email']);
  if (typeof token === 'string') return userInfoRefusals[token];
  return json(claimsOf(world.users.get(token.zuid), token.scopes));
}

export function answerKeys(): Answer {
  return json(keySet());
}

/** `/oauth/serverinfo`: the accounts server of every data centre; China is not in it. */
export function answerServerInfo(world: World): Answer {
  const locations = Object.entries(world.urls).filter(([code]) => code !== dataCenter('cn').code);
  return json({ result: 'success', locations: Object.fromEntries(locations) });
}

/** `/.well-known/openid-configuration` */
export function answerDiscovery(world: World, received: Received): Answer {
  const issuer = urlOf(world, received.dataCenter);
  return json({
    issuer,
    authorization_endpoint: `${issuer}/oauth/v2/auth`,
    token_endpoint: `${issuer}/oauth/v2/token`,
    revocation_endpoint: `${issuer}/oauth/v2/token/revoke`,
    introspection_endpoint: `${issuer}/oauth/v2/introspect`,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    userinfo_endpoint: `${issuer}/oauth/v2/userinfo`,
    jwks_uri: `${issuer}/oauth/v2/keys`,
    device_authorization_endpoint: `${issuer}/oauth/v3/device/code`,
    response_types_supported: ['code', 'token'],
    response_modes_supported: ['query', 'fragment'],
    grant_types_supported: [
      'authorization_code',
      'implicit',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    code_challenge_methods_supported: ['plain', 'S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    scopes_supported: ['email', 'profile', 'openid', 'phone'],
    id_token_signing_alg_values_supported: ['RS256'],
    subject_types_supported: ['public'],
    claims_supported: [
      'aud',
      'email',
      'email_verified',
      'exp',
      'iat',
      'iss',
      'sub',
      'at_hash',
      'name',
      'first_name',
      'last_name',
    ],
    dc_info: `${issuer}/oauth/serverinfo`,
  });
}
