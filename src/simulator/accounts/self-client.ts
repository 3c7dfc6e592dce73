import { prefixOf, type Client } from '../state/clients';
import { chosenOrganisation } from './organisations';
import { readScopes } from '../state/scopes';
import { urlOf, type World } from '../state/world';

/** The person's self client, one per account; registered in their own data centre when first asked for. */
export function selfClientOf(world: World, zuid: number): Client {
  const existing = world.clients.all().find((client) => client.type === 'self' && client.zuid === zuid);
  if (existing !== undefined) return existing;
  const { dataCenter } = world.users.get(zuid);
  return world.clients.add({
    id: world.mint.clientId('1000'),
    secret: world.mint.clientSecret(),
    redirectUris: [],
    dataCenter,
    enabledDataCenters: [dataCenter],
    name: 'Self Client',
    type: 'self',
    zuid,
  });
}

/**
 * A code as the console's "Generate Code" makes it: redeemed without redirect URI, and always for a refresh token.
 * Throws when a scope is unknown or too many codes were made.
 */
export function selfClientCode(world: World, zuid: number, scope: string, minutes: number, orgId?: string): string {
  const client = selfClientOf(world, zuid);
  const scopes = readScopes(scope, world.settings);
  if (scopes === undefined) throw new Error('Enter a valid scope');
  const chosen = chosenOrganisation(world.users.get(zuid), scopes, orgId);
  const { codesPerWindow, windowSeconds } = world.settings;
  if (!world.window.admit(`codes ${client.id}`, codesPerWindow, windowSeconds)) throw new Error('access_denied');
  urlOf(world, client.dataCenter);
  const value = world.mint.token('code', prefixOf(client));
  world.consents.add(zuid, client.id, scopes);
  world.codes.add({
    value,
    clientId: client.id,
    zuid,
    dataCenter: client.dataCenter,
    scopes,
    orgId: chosen,
    expiresAt: world.clock.now() + minutes * 60_000,
    refreshable: true,
  });
  return value;
}
