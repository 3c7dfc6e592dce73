import { namesOf } from '../../auth/api-keys';
import type { ApiKeyRow } from '../../store/schema';
import { iso } from '../../lib/time';
import type { KeysView } from '../render';
import { moment } from '../words';

/** An API key as its page shows it. */
export function keyView(key: ApiKeyRow, now: Date): KeysView['keys'][number] {
  const expired = key.expires_at !== null && key.expires_at <= iso(now);
  const names = namesOf(key);
  return {
    id: key.id,
    name: key.name,
    connections: names === null ? 'all connections' : names.join(', '),
    rights: key.rights === 'refresh' ? 'tokens and refreshes' : 'tokens only',
    status: statusOf(key, expired),
    valid: key.revoked_at === null && !expired,
    created: moment(key.created_at, now),
    expires: key.expires_at === null ? null : moment(key.expires_at, now),
    used: key.last_used_at === null ? null : moment(key.last_used_at, now),
  };
}

function statusOf(key: ApiKeyRow, expired: boolean): KeysView['keys'][number]['status'] {
  if (key.revoked_at !== null) return { words: 'Revoked', tone: 'off' };
  return expired ? { words: 'Expired', tone: 'off' } : { words: 'Active', tone: 'good' };
}

/** Lines to copy, for a connection that exists where there is one. */
export function examplesFor(
  baseUrl: string,
  name: string,
  apiDomain = 'https://www.zohoapis.com',
): KeysView['examples'] {
  const url = `${baseUrl}/api/v1/connections/${name}/token`;
  const key = '-H "Authorization: Bearer $KEEPER_KEY"';
  return [
    { id: 'example-json', label: 'Token as JSON', value: `curl ${key} "${url}"` },
    {
      id: 'example-call',
      label: 'Call of a Zoho API',
      value: `curl -H "Authorization: Zoho-oauthtoken $(curl -fsS -H 'Accept: text/plain' ${key} ${url})" ${apiDomain}/crm/v8/org`,
    },
    {
      id: 'example-node',
      label: 'Node',
      value: `const { access_token } = await (await fetch('${url}', { headers: { Authorization: \`Bearer \${process.env.KEEPER_KEY}\` } })).json();`,
    },
  ];
}
