import { html, json, type Answer } from '../http/answer';
import { parametersOf, type Received } from '../http/received';
import { joinScopes } from '../state/scopes';
import type { World } from '../state/world';
import { authenticate } from './credentials';

/**
 * `/oauth/v2/introspect`: whether a token lives, told to the client that it belongs to. Path and Basic authentication are
 * in Zoho's discovery document; the answers are those of RFC 7662, which it goes by.
 */
export function answerIntrospect(world: World, received: Received): Answer {
  if (received.method !== 'POST') return html('HTTP Status 400 – Bad Request', 'Method not allowed here.', 400);
  const client = isBasic(received) ? authenticate(world, received) : 'invalid_client';
  if (typeof client === 'string') return json({ error: client }, 401);
  const { token: value } = parametersOf(received);
  const access = world.tokens.findAccess(value);
  const token = access ?? world.tokens.findRefresh(value);
  if (token?.clientId !== client.id || token.dataCenter !== received.dataCenter) return json({ active: false });
  return json({
    active: true,
    scope: joinScopes(token.scopes, world.settings.expandAll),
    client_id: token.clientId,
    sub: String(token.zuid),
    ...(access === undefined ? {} : { token_type: 'Bearer', exp: Math.floor(access.expiresAt / 1000) }),
  });
}

function isBasic(received: Received): boolean {
  return /^Basic /i.test(received.headers.authorization ?? '') && parametersOf(received).client_id === undefined;
}
