import { credentialsOf } from '../accounts/credentials';
import type { Asking } from '../faults/faults';
import type { Endpoint } from '../state/endpoints';
import type { World } from '../state/world';
import { tokenOf } from './bearer';
import { parametersOf, type Received } from './received';

/** Whose request this is, as far as it says so: by its client, its refresh token, or the token that it carries. */
export function askingOf(world: World, received: Received, endpoint: Endpoint): Asking {
  const { dataCenter } = received;
  const parameters = parametersOf(received);
  const sent = world.tokens.findAccess(tokenOf(received)?.value) ?? world.tokens.findAccess(parameters.token);
  return {
    endpoint,
    dataCenter,
    clientId: credentialsOf(received).id ?? sent?.clientId,
    refreshToken: parameters.refresh_token ?? sent?.refreshToken ?? parameters.token,
  };
}
