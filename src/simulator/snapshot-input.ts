import { readClient, readUser } from './control-input';
import {
  boolean,
  dataCenter,
  InputError,
  list,
  number,
  object,
  oneOf,
  optional,
  text,
  texts,
  within,
  type Input,
} from './http/input';
import { readSettings } from './state/change-settings';
import type { SimulatedClient } from './state/clients';
import type { Challenge, Code, Grant, SavedCodes } from './state/codes';
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

/** Throws InputError where it is none. */
export function readSnapshot(value: unknown): Snapshot {
  const input = object(value);
  if (input.version !== 1) throw new InputError('version', 'has to be 1');
  const codes = object(input.codes ?? {});
  const tokens = object(input.tokens ?? {});
  return {
    version: 1,
    ahead: number(input, 'ahead'),
    settings: within('settings', () => readSettings(input.settings)),
    users: list(input, 'users', readUser),
    signedIn: optional(input, 'signedIn', number),
    clients: list(input, 'clients', readClient),
    consents: list(input, 'consents', (item) => {
      const consent = object(item);
      return { zuid: number(consent, 'zuid'), clientId: text(consent, 'clientId'), scopes: texts(consent, 'scopes') };
    }),
    codes: within('codes', () => ({ all: list(codes, 'all', readCode), used: texts(codes, 'used') })),
    tokens: within('tokens', () => readTokens(tokens)),
    windows: list(input, 'windows', (item) => readPair(item, numbers)),
    records: list(input, 'records', readRecords),
  };
}

function readGrant(input: Input): Grant & { readonly value: string } {
  return {
    value: text(input, 'value'),
    clientId: text(input, 'clientId'),
    zuid: number(input, 'zuid'),
    dataCenter: dataCenter(input, 'dataCenter'),
    scopes: texts(input, 'scopes'),
    orgId: optional(input, 'orgId', text),
  };
}

function readCode(item: unknown): Code {
  const input = object(item);
  return {
    ...readGrant(input),
    expiresAt: number(input, 'expiresAt'),
    refreshable: boolean(input, 'refreshable'),
    redirectUri: optional(input, 'redirectUri', text),
    challenge: optional(input, 'challenge', readChallenge),
    nonce: optional(input, 'nonce', text),
  };
}

function readChallenge(input: Input, name: string): Challenge {
  const challenge = object(input[name]);
  return { value: text(challenge, 'value'), method: oneOf(challenge, 'method', ['S256', 'plain']) };
}

function readTokens(input: Input): SavedTokens {
  return {
    refresh: list(input, 'refresh', (item) => {
      const token = object(item);
      const endsAt = token.endsAt === null ? null : number(token, 'endsAt');
      return { ...readGrant(token), createdAt: number(token, 'createdAt'), endsAt };
    }),
    access: list(input, 'access', readAccess),
    families: list(input, 'families', (item) => readPair(item, (second) => texts({ members: second }, 'members'))),
    ever: texts(input, 'ever'),
  };
}

function readAccess(item: unknown): AccessToken {
  const input = object(item);
  const { expiresAt, refreshToken } = {
    expiresAt: number(input, 'expiresAt'),
    refreshToken: optional(input, 'refreshToken', text),
  };
  return { ...readGrant(input), expiresAt, refreshToken };
}

function readPair<Second>(item: unknown, read: (second: unknown) => Second): [string, Second] {
  if (!Array.isArray(item) || typeof item[0] !== 'string') throw new InputError('', 'has to be a pair');
  return [item[0], read(item[1])];
}

function numbers(value: unknown): number[] {
  return list({ times: value }, 'times', (item) => number({ time: item }, 'time'));
}

function readRecords(item: unknown): [string, string, CrmRecord[]] {
  if (!Array.isArray(item) || typeof item[0] !== 'string' || typeof item[1] !== 'string')
    throw new InputError('', 'has to be an organisation, a module and its records');
  const records = list({ records: item[2] }, 'records', (record) => {
    const members = object(record);
    return { ...members, id: text(members, 'id') };
  });
  return [item[0], item[1], records];
}
