import { json, type Answer } from '../http/answer';
import { authenticate } from './credentials';
import { portalOf } from '../state/clients';
import { parametersOf, type Received } from '../http/received';
import type { World } from '../state/world';

/** `/oauth/v2/token/revoke`: whoever holds the token may end it. */
export function answerRevoke(world: World, received: Received): Answer {
  return received.method === 'POST' ? revoke(world, received, parametersOf(received).token) : badRequest();
}

/** `/oauth/v2/revoke/token`: only the client that the token belongs to, and the type has to fit. */
export function answerClientRevoke(world: World, received: Received): Answer {
  const { token, token_type: type = 'refresh_token' } = parametersOf(received);
  const client = received.method === 'POST' ? authenticate(world, received) : 'invalid_client';
  if (typeof client === 'string') return badRequest(client);
  const refreshToken = world.tokens.findRefresh(token);
  const living = refreshToken ?? world.tokens.findAccess(token);
  if (living !== undefined && living.clientId !== client.id) return badRequest('invalid_token');
  if (living !== undefined && (refreshToken === undefined) !== (type === 'access_token'))
    return badRequest('invalid_token');
  return revoke(world, received, token);
}

function revoke(world: World, { dataCenter, path }: Received, token: string | undefined): Answer {
  if (token === undefined) return badRequest();
  const living = world.tokens.findRefresh(token) ?? world.tokens.findAccess(token);
  const atHome = world.clients.find(living?.clientId)?.portal === portalOf(path);
  if (living !== undefined && living.dataCenter === dataCenter && atHome) {
    world.tokens.end(token);
    return json({ status: 'success' });
  }
  const again = living === undefined && world.tokens.known(token);
  return again && world.settings.revokeAgainStatus === 200 ? json({ status: 'success' }) : badRequest();
}

function badRequest(error = 'invalid_token'): Answer {
  return json({ error, status: 'failure' }, 400);
}
