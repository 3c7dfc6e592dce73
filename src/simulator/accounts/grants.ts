import { createHash } from 'node:crypto';
import { json, html, type Answer } from '../http/answer';
import { authenticate } from './credentials';
import type { Client } from '../state/clients';
import { prefixOf } from '../state/clients';
import type { Code } from '../state/codes';
import { identityToken } from './identity';
import { parametersOf, type Fields, type Received } from '../http/received';
import type { Endpoint } from '../state/endpoints';
import { readScopes } from '../state/scopes';
import { belongsTo } from '../state/users';
import { throttled } from './throttle';
import { tokenReply } from './token-reply';
import type { World } from '../state/world';

type Grants = (world: World, client: Client, parameters: Partial<Fields>, received: Received) => Answer;

const grants: Readonly<Record<string, Grants>> = {
  authorization_code: exchange,
  refresh_token: refresh,
  client_credentials: clientCredentials,
};

/** What a request to the token endpoint is for, by its grant type. */
export function tokenEndpointOf(received: Received): Endpoint {
  const { grant_type: grantType } = parametersOf(received);
  if (grantType === 'authorization_code') return 'exchange';
  return grantType === 'refresh_token' ? 'refresh' : 'other_grant';
}

/** `/oauth/v2/token`. Nearly all refusals come with status 200. */
export function answerToken(world: World, received: Received): Answer {
  const parameters = parametersOf(received);
  const { grant_type: grantType } = parameters;
  if (received.method !== 'POST') return html('HTTP Status 400 – Bad Request', 'Method not allowed here.', 400);
  if (grantType === undefined || grantType === '') return json({ error: 'general_error' }, 400);
  const grant = Object.hasOwn(grants, grantType) ? grants[grantType] : undefined;
  if (grant === undefined) return refusal('invalid_client');
  const elsewhere = livesElsewhere(world, received, parameters);
  const client = authenticate(world, received, elsewhere && world.settings.wrongDataCenter === 'invalid_client');
  if (elsewhere && typeof client !== 'string') return refusal('invalid_code');
  return typeof client === 'string' ? refusal(client) : grant(world, client, parameters, received);
}

/** A code or refresh token of another data centre. */
function livesElsewhere(
  world: World,
  { dataCenter }: Received,
  { code, refresh_token: token }: Partial<Fields>,
): boolean {
  const found = world.codes.find(code) ?? world.tokens.findRefresh(token);
  return found !== undefined && found.dataCenter !== dataCenter;
}

function exchange(world: World, client: Client, parameters: Partial<Fields>): Answer {
  const code = world.codes.find(parameters.code);
  if (code === undefined || code.clientId !== client.id) return refusal('invalid_code');
  if (!world.codes.redeem(code, world.clock.now())) return refusal('invalid_code');
  if (code.redirectUri !== undefined && code.redirectUri !== parameters.redirect_uri)
    return refusal('invalid_redirect_uri');
  if (world.settings.pkce === 'check' && !verifies(code, parameters.code_verifier)) return refusal('invalid_code');
  const refreshToken = code.refreshable ? world.tokens.addRefresh(code, prefixOf(client)) : undefined;
  const accessToken = world.tokens.addAccess(code, prefixOf(client), refreshToken?.value);
  const idToken = identityToken(world, code, accessToken.value);
  return tokenReply(world, { accessToken, refreshToken, idToken });
}

function refresh(world: World, client: Client, parameters: Partial<Fields>): Answer {
  const old = world.tokens.findRefresh(parameters.refresh_token);
  if (old === undefined || old.clientId !== client.id) return refusal('invalid_code');
  const { refreshesPerWindow, windowSeconds, rotateRefreshTokens } = world.settings;
  if (!world.window.admit(`refresh ${old.value}`, refreshesPerWindow, windowSeconds)) return throttled(world);
  if (!rotateRefreshTokens) {
    return tokenReply(world, { accessToken: world.tokens.addAccess(old, prefixOf(client), old.value) });
  }
  old.endsAt = Math.min(old.endsAt, world.clock.now() + 60_000);
  const refreshToken = world.tokens.addRefresh(old, prefixOf(client));
  return tokenReply(world, {
    accessToken: world.tokens.addAccess(old, prefixOf(client), refreshToken.value),
    refreshToken,
  });
}

/** For self clients only: a token for the owner's organisation, never with a refresh token. */
function clientCredentials(
  world: World,
  client: Client,
  parameters: Partial<Fields>,
  { dataCenter }: Received,
): Answer {
  if (client.type !== 'self' || client.zuid === undefined) return refusal('invalid_client');
  const scopes = readScopes(parameters.scope, world.settings);
  if (scopes === undefined) return refusal('invalid_scope');
  const owner = world.users.get(client.zuid);
  if (owner.dataCenter !== dataCenter) return refusal('invalid_client');
  const orgId = parameters.soid?.split('.').at(-1);
  if (!belongsTo(owner, orgId)) return refusal('missing_org_info');
  const grant = { clientId: client.id, zuid: owner.zuid, dataCenter, scopes, orgId };
  return tokenReply(world, { accessToken: world.tokens.addAccess(grant, prefixOf(client)) });
}

function verifies({ challenge }: Code, verifier: string | undefined): boolean {
  if (challenge === undefined) return true;
  if (verifier === undefined || !/^[\w.~-]{43,128}$/.test(verifier)) return false;
  const hashed = challenge.method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url');
  return hashed === challenge.value;
}

function refusal(error: string): Answer {
  return json({ error });
}
