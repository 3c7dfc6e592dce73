import type { Grant } from '../state/codes';
import { belongsTo, organisationsOf, type Organisation, type SimulatedUser } from '../state/users';
import { apiUrlOf, type World } from '../state/world';

/** Services whose tokens are for one organisation, as far as Zoho says so. */
const bound = /^(zohocrm|zohoassist)\./i;

/** Of which organisations a person has to choose one before they consent; none where there is no choice. */
export function organisationChoices(user: SimulatedUser, scopes: readonly string[]): readonly Organisation[] {
  const all = organisationsOf(user);
  return all.length > 1 && scopes.some((scope) => bound.test(scope)) ? all : [];
}

/**
 * The organisation that a grant is for: the first where nothing is said, undefined where there is no choice.
 * Throws when they do not belong to it.
 */
export function chosenOrganisation(
  user: SimulatedUser,
  scopes: readonly string[],
  orgId: string | undefined,
): string | undefined {
  if (orgId !== undefined && !belongsTo(user, orgId)) throw new Error(`${user.email} does not belong to ${orgId}`);
  const choices = organisationChoices(user, scopes);
  return choices.length === 0 ? undefined : (orgId ?? choices[0]?.orgId);
}

/** Whose token it is, in the organisation that it is for. */
export function holderOf(world: World, { zuid, orgId }: Grant): SimulatedUser & Organisation {
  const user = world.users.get(zuid);
  const chosen = organisationsOf(user).find((one) => one.orgId === orgId);
  return { ...user, ...chosen };
}

/** Where the API calls of a grant go. */
export function apiUrlFor(world: World, grant: Grant): string {
  return apiUrlOf(world, grant.dataCenter, holderOf(world, grant).environment);
}
