import type { DataCenterCode } from '../../zoho/data-centers';

/** Who allowed what to whom: the common part of codes and tokens. */
export interface Grant {
  readonly clientId: string;
  readonly zuid: number;
  readonly dataCenter: DataCenterCode;
  readonly scopes: readonly string[];
  /** The organisation that was chosen at the consent; absent where there was nothing to choose. */
  readonly orgId?: string | undefined;
}

export interface Challenge {
  readonly value: string;
  readonly method: 'S256' | 'plain';
}

/** A grant code: good once, for a short time, for its client, data centre and redirect URI. */
export interface Code extends Grant {
  readonly value: string;
  readonly expiresAt: number;
  /** Whether redeeming it yields a refresh token. */
  readonly refreshable: boolean;
  /** Absent for codes of a self client. */
  readonly redirectUri?: string | undefined;
  readonly challenge?: Challenge | undefined;
  readonly nonce?: string | undefined;
}

export interface Codes {
  add(code: Code): void;
  /** Where the code was made, if ever. */
  find(value: string | undefined): Code | undefined;
  /** Takes the code out of use. False when it was used before or its time is over. */
  redeem(code: Code, now: number): boolean;
  save(): SavedCodes;
  load(saved: SavedCodes): void;
}

export interface SavedCodes {
  readonly all: readonly Code[];
  readonly used: readonly string[];
}

export function createCodes(): Codes {
  const all = new Map<string, Code>();
  const used = new Set<string>();
  return {
    add(code) {
      all.set(code.value, code);
    },
    find: (value) => (value === undefined ? undefined : all.get(value)),
    redeem(code, now) {
      const fresh = !used.has(code.value) && now < code.expiresAt;
      used.add(code.value);
      return fresh;
    },
    save: () => ({ all: [...all.values()], used: [...used] }),
    load(saved) {
      all.clear();
      used.clear();
      for (const code of saved.all) all.set(code.value, code);
      for (const value of saved.used) used.add(value);
    },
  };
}
