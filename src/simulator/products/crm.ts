import { json, type Answer } from '../http/answer';
import { holderOf } from '../accounts/organisations';
import { bearer } from '../http/bearer';
import { failure, noContent } from './crm-answers';
import { describeFields, describeModules, moduleOf } from './crm-modules';
import { answerRecords } from './crm-records';
import { echo } from './echo';
import type { Refusals } from './refusals';
import type { Received } from '../http/received';
import type { Organisation, SimulatedUser } from '../state/users';
import type { World } from '../state/world';

/** `/crm/v2` to `/crm/v8`: users, org, modules, fields, records, and an echo that any living token may call. */
export function answerCrm(world: World, received: Received): Answer {
  const [, version = '', resource = ''] = /^\/crm\/v([2-8])\/(.*)$/.exec(received.path) ?? [];
  const schemes = world.settings.bearerAtCrm
    ? (['zoho-oauthtoken', 'bearer'] as const)
    : (['zoho-oauthtoken'] as const);
  const token = bearer(world, received, schemes, scopesOf(received.method, resource));
  if (typeof token === 'string') return crmRefusals[token];
  const user = holderOf(world, token);
  const [first = '', ...rest] = resource.split('/');
  if (first === 'echo') return echo(received);
  const module = moduleOf(first);
  if (module !== undefined) return answerRecords({ world, received, user, version, module, rest });
  const read = received.method === 'GET' ? reads(user, resource, received.query.module) : undefined;
  return read ?? failure('INVALID_URL_PATTERN', 'Please check if the URL trying to access is a correct one', 404);
}

export const crmRefusals: Refusals = {
  no_token: failure('AUTHENTICATION_FAILURE', 'Authentication failed', 401),
  dead_token: failure('INVALID_TOKEN', 'invalid oauth token', 401),
  scope_missing: failure('OAUTH_SCOPE_MISMATCH', 'invalid oauth scope to access this URL', 401),
};

function reads(user: SimulatedUser & Organisation, resource: string, module: string | undefined): Answer | undefined {
  if (resource === 'users')
    return json({ users: [userRecord(user)], info: { per_page: 200, count: 1, page: 1, more_records: false } });
  if (resource === 'org') return json({ org: [orgRecord(user)] });
  if (resource === 'settings/modules') return json({ modules: describeModules() });
  if (resource === 'settings/related_lists') return noContent();
  if (resource !== 'settings/fields') return undefined;
  const known = moduleOf(module ?? '');
  if (known !== undefined) return json({ fields: describeFields(known) });
  const details = { param_name: 'module' };
  return failure('INVALID_MODULE', 'The module name given seems to be invalid', 400, details);
}

const operations: Readonly<Record<string, string>> = { POST: 'CREATE', PUT: 'UPDATE', DELETE: 'DELETE' };

function scopesOf(method: string, resource: string): string[] {
  const [first = '', second = ''] = resource.split('/');
  if (resource === 'users' || resource === 'org') return [`ZohoCRM.${resource}.READ`];
  if (first === 'settings') return ['ZohoCRM.settings.READ', `ZohoCRM.settings.${second}.READ`];
  const operation = operations[method] ?? 'READ';
  return moduleOf(first) ? [`ZohoCRM.modules.${operation}`, `ZohoCRM.modules.${first}.${operation}`] : [];
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

function orgRecord(user: SimulatedUser & Organisation): object {
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
    type: user.environment ?? 'production',
  };
}
