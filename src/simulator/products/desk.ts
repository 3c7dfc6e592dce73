import { json, type Answer } from '../http/answer';
import { bearer } from '../http/bearer';
import type { Received } from '../http/received';
import { belongsTo, organisationsOf } from '../state/users';
import type { World } from '../state/world';
import type { Refusals } from './refusals';

export const deskRefusals: Refusals = {
  no_token: failure('UNAUTHORIZED', 'You are not authenticated to perform this operation.', 401),
  dead_token: failure('INVALID_OAUTH', 'The OAuth Token you provided is invalid.', 401),
  scope_missing: failure('SCOPE_MISMATCH', 'The OAuth Token does not have the scope for this operation.', 401),
};

/** `/api/v1/organizations` and `/api/v1/myinfo`; other organisations than one's own are refused. */
export function answerDesk(world: World, received: Received): Answer {
  const token = bearer(world, received, ['zoho-oauthtoken'], ['Desk.basic.READ', 'Desk.settings.READ']);
  if (typeof token === 'string') return deskRefusals[token];
  const user = world.users.get(token.zuid);
  const { orgid: orgId = user.orgId } = received.headers;
  if (!belongsTo(user, orgId)) return failure('OAUTH_ORG_MISMATCH', 'The OAuth Token is of another organization.', 403);
  if (received.path === '/api/v1/myinfo') {
    const { firstName, lastName, email, zuid } = user;
    return json({
      id: `${orgId}000001`,
      firstName,
      lastName,
      emailId: email,
      zuid: String(zuid),
      isConfirmed: true,
    });
  }
  const data = organisationsOf(user).map((one) => ({
    id: Number(one.orgId),
    companyName: one.organisation,
    portalName: one.orgId,
    isDefault: one.orgId === user.orgId,
  }));
  return json({ data });
}

function failure(errorCode: string, message: string, status: number): Answer {
  return json({ errorCode, message }, status);
}
