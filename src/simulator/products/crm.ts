import { json, type Answer } from '../http/answer';
import { bearer } from '../http/bearer';
import { isModule, recordsOf } from './crm-records';
import { echo } from './echo';
import type { Refusals } from './refusals';
import type { Received } from '../http/received';
import type { SimulatedUser } from '../state/users';
import type { World } from '../state/world';

/** `/crm/v2` to `/crm/v8`: users, org, records of a few modules, and an echo that any living token may call. */
export function answerCrm(world: World, received: Received): Answer {
  const [, version = '', resource = ''] = /^\/crm\/v([2-8])\/(.*)$/.exec(received.path) ?? [];
  const token = bearer(world, received, ['zoho-oauthtoken'], scopesOf(resource));
  if (typeof token === 'string') return refusals[token];
  const user = world.users.get(token.zuid);
  if (resource.split('/')[0] === 'echo') return echo(received);
  if (received.method === 'GET' && resource === 'users') return json({ users: [userRecord(user)], info: paging(1) });
  if (received.method === 'GET' && resource === 'org') return json({ org: [orgRecord(user)] });
  if (received.method === 'GET' && isModule(resource)) return records(user, resource, version, received.query.fields);
  return failure('INVALID_URL_PATTERN', 'Please check if the URL trying to access is a correct one', 404);
}

/** Since version 3 the fields have to be named. */
function records(user: SimulatedUser, module: string, version: string, fields: string | undefined): Answer {
  if (fields === undefined && version !== '2') {
    const details = { param_name: 'fields' };
    return failure('REQUIRED_PARAM_MISSING', 'One of the expected parameter is missing', 400, details);
  }
  const data = recordsOf(user, module, fields?.split(','));
  return json({ data, info: paging(data.length) });
}

const refusals: Refusals = {
  no_token: failure('AUTHENTICATION_FAILURE', 'Authentication failed', 401),
  dead_token: failure('INVALID_TOKEN', 'invalid oauth token', 401),
  scope_missing: failure('OAUTH_SCOPE_MISMATCH', 'invalid oauth scope to access this URL', 401),
};

function paging(count: number): object {
  return { per_page: 200, count, page: 1, more_records: false };
}

function scopesOf(resource: string): string[] {
  if (resource === 'users' || resource === 'org') return [`ZohoCRM.${resource}.READ`];
  return isModule(resource) ? ['ZohoCRM.modules.READ', `ZohoCRM.modules.${resource}.READ`] : [];
}

function failure(code: string, message: string, status: number, details: object = {}): Answer {
  return json({ code, details, message, status: 'error' }, status);
}

function userRecord(user: SimulatedUser): object {
  return {
    country: user.country ?? null,
    id: `${user.orgId}000000${String(user.zuid).slice(-3)}`,
    first_name: user.firstName,
    last_name: user.lastName,
    full_name: user.displayName,
    email: user.email,
    zuid: String(user.zuid),
    status: 'active',
    confirm: true,
    time_zone: user.timeZone ?? 'UTC',
    role: { name: 'CEO', id: `${user.orgId}000000001` },
    profile: { name: 'Administrator', id: `${user.orgId}000000002` },
    Isonline: true,
  };
}

function orgRecord(user: SimulatedUser): object {
  return {
    id: `${user.orgId}000000000`,
    company_name: user.organisation,
    country: user.country ?? null,
    primary_email: user.email,
    primary_zuid: String(user.zuid),
    zgid: user.orgId,
    currency: user.currency ?? 'USD',
    iso_code: user.currency ?? 'USD',
    time_zone: user.timeZone ?? 'UTC',
    type: 'production',
  };
}
