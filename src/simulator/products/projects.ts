import { json, type Answer } from '../http/answer';
import { bearer } from '../http/bearer';
import type { Received } from '../http/received';
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
  const owner = { zpuid: `${user.orgId}000003`, name: user.displayName, email: user.email };
  return json([
    { id: user.orgId, zsoid: user.orgId, portal_name: user.organisation, portal_owner: owner, is_default: true },
  ]);
}

function failure(title: string, message: string, more: object = {}): Answer {
  return json({ error: { status_code: '401', title, ...more, details: [{ message }] } }, 401);
}
