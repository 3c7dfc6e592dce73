import { json, type Answer } from '../http/answer';
import { bearer } from '../http/bearer';
import type { Received } from '../http/received';
import { organisationsOf } from '../state/users';
import type { World } from '../state/world';
import type { Refusals } from './refusals';

export const projectsRefusals: Refusals = {
  no_token: failure('INVALID_TICKET', 'Invalid ticket.'),
  dead_token: failure('INVALID_OAUTHTOKEN', 'Invalid OAuth access token.'),
  scope_missing: failure('INVALID_OAUTHSCOPE', 'Invalid OAuth scope.', { error_type: 'FIELDS_VALIDATION_ERROR' }),
};

/** `/api/v3/portals` */
export function answerProjects(world: World, received: Received): Answer {
  const token = bearer(world, received, ['zoho-oauthtoken', 'bearer'], ['ZohoProjects.portals.READ']);
  if (typeof token === 'string') return projectsRefusals[token];
  const user = world.users.get(token.zuid);
  const portals = organisationsOf(user).map(({ organisation, orgId }) => ({
    id: orgId,
    zsoid: orgId,
    portal_name: organisation,
    portal_owner: { zpuid: `${orgId}000003`, name: user.displayName, email: user.email },
    is_default: orgId === user.orgId,
  }));
  return json(portals);
}

function failure(title: string, message: string, more: object = {}): Answer {
  return json({ error: { status_code: '401', title, ...more, details: [{ message }] } }, 401);
}
