import { json, type Answer } from '../http/answer';
import { bearer } from '../http/bearer';
import type { Received } from '../http/received';
import { organisationsOf } from '../state/users';
import type { World } from '../state/world';
import type { Refusals } from './refusals';

const unauthorized = json({ code: 57, message: 'You are not authorized to perform this operation' }, 401);
export const booksRefusals: Refusals = {
  no_token: json({ code: 14, message: 'Invalid value passed for authtoken.' }, 401),
  dead_token: unauthorized,
  scope_missing: unauthorized,
};

/** `/books/v3/organizations` */
export function answerBooks(world: World, received: Received): Answer {
  const scopes = ['ZohoBooks.settings.READ', 'ZohoBooks.fullaccess.ALL'];
  const token = bearer(world, received, ['zoho-oauthtoken'], scopes);
  if (typeof token === 'string') return booksRefusals[token];
  if (received.method !== 'GET' || received.path !== '/books/v3/organizations') {
    return json({ code: 5, message: 'Invalid URL Passed' }, 404);
  }
  const user = world.users.get(token.zuid);
  const organizations = organisationsOf(user).map(({ organisation, orgId }) => ({
    organization_id: orgId,
    name: organisation,
    is_default_org: orgId === user.orgId,
    email: user.email,
    country: user.country,
    currency_code: user.currency,
    time_zone: user.timeZone,
    user_role: 'admin',
  }));
  return json({ code: 0, message: 'success', organizations });
}
