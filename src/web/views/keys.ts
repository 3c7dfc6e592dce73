import { listApiKeys, namesOf } from '../../auth/api-keys';
import { listConnections } from '../../connections/connections';
import type { Keeper } from '../../keeper';
import { iso } from '../../lib/time';
import type { ApiKeyRow } from '../../store/schema';
import { moment, type Moment, type Tone } from '../words';

export interface KeysView {
  keys: KeyView[];
  connections: string[];
  form: KeyForm;
  /** Created just now, the only time that it is shown. Null as connections stands for all. */
  made: { text: string; name: string; connections: string[] | null } | null;
  examples: { id: string; label: string; value: string }[];
}

interface KeyView {
  id: string;
  name: string;
  connections: string;
  rights: string;
  status: { words: string; tone: Tone };
  valid: boolean;
  created: Moment;
  expires: Moment | null;
  used: Moment | null;
}

export interface KeyForm {
  readonly name: string;
  readonly all: boolean;
  readonly chosen: readonly string[];
  readonly rights: 'read' | 'refresh';
  readonly days: string;
  readonly problems: { name?: string; connections?: string; days?: string };
}

const emptyForm: KeyForm = { name: '', all: false, chosen: [], rights: 'read', days: '', problems: {} };

export async function keysView(
  keeper: Keeper,
  shown: { form?: KeyForm; made?: KeysView['made'] } = {},
): Promise<KeysView> {
  const { store, config, now } = keeper;
  const [all, connections] = await Promise.all([listApiKeys(store), listConnections(store)]);
  const names = connections.map((connection) => connection.name);
  const made = shown.made ?? null;
  const exampleName = made?.connections?.[0] ?? names[0] ?? 'default';
  return {
    keys: all.map((key) => keyView(key, now())),
    connections: names,
    form: shown.form ?? emptyForm,
    made,
    examples: examplesFor(config.baseUrl, exampleName),
  };
}

function keyView(key: ApiKeyRow, now: Date): KeyView {
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

function statusOf(key: ApiKeyRow, expired: boolean): KeyView['status'] {
  if (key.revoked_at !== null) return { words: 'Revoked', tone: 'off' };
  return expired ? { words: 'Expired', tone: 'off' } : { words: 'Active', tone: 'good' };
}

export function examplesFor(baseUrl: string, name: string): KeysView['examples'] {
  const url = `${baseUrl}/api/v1/connections/${name}`;
  const key = '-H "Authorization: Bearer $KEEPER_KEY"';
  return [
    {
      id: 'example-call',
      label: 'Call of a Zoho API',
      value: `curl ${key} "${url}/proxy/crm/v8/users?type=CurrentUser"`,
    },
    { id: 'example-json', label: 'Token as JSON', value: `curl ${key} "${url}/token"` },
    {
      id: 'example-node',
      label: 'Token in Node',
      value: `const { access_token } = await (await fetch('${url}/token', { headers: { Authorization: \`Bearer \${process.env.KEEPER_KEY}\` } })).json();`,
    },
  ];
}
