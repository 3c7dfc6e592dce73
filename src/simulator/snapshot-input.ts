import { readClient, readUser } from './control-input';
import {
  boolean,
  dataCenter,
  endless,
  InputError,
  integer,
  list,
  membersOf,
  nested,
  number,
  object,
  oneOf,
  optional,
  text,
  texts,
  type Input,
} from './http/input';
import { readSettings } from './state/read-settings';
import type { SimulatedClient } from './state/clients';
import type { Code, SavedCodes } from './state/codes';
import type { SavedConsent } from './state/consents';
import type { CrmRecord, SavedRecords } from './state/records';
import type { Settings } from './state/settings';
import type { AccessToken, SavedTokens } from './state/tokens';
import type { SimulatedUser } from './state/users';
import type { SavedWindows } from './state/window';

/** What a simulator knows, as JSON, and a restart has to bring back. Waiting devices, faults and stubs are not in it. */
export interface Snapshot {
  readonly version: 1;
  /** Milliseconds that the clock is ahead. */
  readonly ahead: number;
  readonly settings: Partial<Settings>;
  readonly users: readonly SimulatedUser[];
  readonly signedIn?: number | undefined;
  readonly clients: readonly SimulatedClient[];
  readonly consents: readonly SavedConsent[];
  readonly codes: SavedCodes;
  readonly tokens: SavedTokens;
  readonly windows: SavedWindows;
  readonly records: SavedRecords;
}

const grant = {
  value: text,
  clientId: text,
  zuid: integer,
  dataCenter,
  scopes: texts,
  orgId: optional(text),
};

const readCode: (value: unknown) => Code = membersOf({
  ...grant,
  expiresAt: endless,
  refreshable: boolean,
  redirectUri: optional(text),
  challenge: optional(nested(membersOf({ value: text, method: oneOf(['S256', 'plain'] as const) }))),
  nonce: optional(text),
});

const readRefresh = membersOf({
  ...grant,
  createdAt: number,
  endsAt: (input, name) => (input[name] === null ? null : number(input, name)),
});

const readAccess: (value: unknown) => AccessToken = membersOf({
  ...grant,
  expiresAt: endless,
  refreshToken: optional(text),
});

const readTokens: (value: unknown) => SavedTokens = membersOf({
  refresh: list(readRefresh),
  access: list(readAccess),
  families: list((item) => readPair(item, (second) => texts({ members: second }, 'members'))),
  ever: texts,
});

/** Throws InputError where it is none. */
export function readSnapshot(value: unknown): Snapshot {
  // Before the members, which may be others in another version.
  version(object(value), 'version');
  return readMembers(value);
}

function version(input: Input, name: string): 1 {
  if (input[name] !== 1) throw new InputError(name, 'has to be 1');
  return 1;
}

const readMembers: (value: unknown) => Snapshot = membersOf({
  version,
  ahead: number,
  settings: nested(readSettings),
  users: list(readUser),
  signedIn: optional(integer),
  clients: list(readClient),
  consents: list(membersOf({ zuid: integer, clientId: text, scopes: texts })),
  codes: nested(membersOf({ all: list(readCode), used: texts })),
  tokens: nested(readTokens),
  windows: list((item) => readPair(item, numbers)),
  records: list(readRecords),
});

function readPair<Second>(item: unknown, read: (second: unknown) => Second): [string, Second] {
  if (!Array.isArray(item) || typeof item[0] !== 'string') throw new InputError('', 'has to be a pair');
  return [item[0], read(item[1])];
}

function numbers(value: unknown): number[] {
  return list((item) => number({ time: item }, 'time'))({ times: value }, 'times');
}

function readRecords(item: unknown): [string, string, CrmRecord[]] {
  if (!Array.isArray(item) || typeof item[0] !== 'string' || typeof item[1] !== 'string')
    throw new InputError('', 'has to be an organisation, a module and its records');
  return [item[0], item[1], list(readRecord)({ records: item[2] }, 'records')];
}

/** Its members are up to who made it. */
function readRecord(value: unknown): CrmRecord {
  const members = object(value);
  return { ...members, id: text(members, 'id') };
}
