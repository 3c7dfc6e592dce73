import type { Clock } from './clock';
import type { Grant } from './codes';
import type { Mint } from './secrets';
import type { Settings } from './settings';

export interface RefreshToken extends Grant {
  readonly value: string;
  readonly createdAt: number;
  /** Epoch milliseconds; Infinity unless a newer one has taken its place. */
  endsAt: number;
}

export interface AccessToken extends Grant {
  readonly value: string;
  readonly expiresAt: number;
  /** Absent for online access. */
  readonly refreshToken?: string | undefined;
}

/** Living tokens; what is not in here is dead. */
export interface Tokens {
  addRefresh(grant: Grant, prefix: string): RefreshToken;
  addAccess(grant: Grant, prefix: string, refreshToken?: string): AccessToken;
  findRefresh(value: string | undefined): RefreshToken | undefined;
  findAccess(value: string | undefined): AccessToken | undefined;
  /** Gives a refresh token and its access tokens more scopes. */
  widen(value: string, scopes: readonly string[]): void;
  /** Ends a token, and with a refresh token all its access tokens. False when it does not live. */
  end(value: string): boolean;
  /** Ends all tokens that the filter picks. */
  endWhere(picks: (grant: Grant) => boolean): void;
  /** Ends every token, and returns what brings them back. */
  endAll(): () => void;
  livingRefresh(): readonly RefreshToken[];
  /** Whether this was a token once. */
  known(value: string): boolean;
  save(): SavedTokens;
  load(saved: SavedTokens): void;
}

export interface SavedTokens {
  /** `endsAt` is null where a token has no end. */
  readonly refresh: readonly (Omit<RefreshToken, 'endsAt'> & { readonly endsAt: number | null })[];
  readonly access: readonly AccessToken[];
  readonly families: readonly (readonly [key: string, members: readonly string[]])[];
  readonly ever: readonly string[];
}

interface Parts {
  clock: Clock;
  mint: Mint;
  settings: Settings;
}

export function createTokens({ clock, mint, settings }: Parts): Tokens {
  const refreshTokens = new Map<string, RefreshToken>();
  const accessTokens = new Map<string, AccessToken>();
  /** Oldest first: access tokens by refresh token, refresh tokens by user and client. */
  const family = new Map<string, string[]>();
  const ever = new Set<string>();

  function findRefresh(value: string | undefined): RefreshToken | undefined {
    const token = value === undefined ? undefined : refreshTokens.get(value);
    return token !== undefined && clock.now() < token.endsAt ? token : undefined;
  }

  function findAccess(value: string | undefined): AccessToken | undefined {
    const token = value === undefined ? undefined : accessTokens.get(value);
    return token !== undefined && clock.now() < token.expiresAt ? token : undefined;
  }

  function end(value: string): boolean {
    const lived = findRefresh(value) !== undefined || findAccess(value) !== undefined;
    for (const child of family.get(value) ?? []) accessTokens.delete(child);
    family.delete(value);
    refreshTokens.delete(value);
    accessTokens.delete(value);
    return lived;
  }

  function joinFamily(key: string, value: string, limit: number): void {
    const lives = (member: string) => (findRefresh(member) ?? findAccess(member)) !== undefined;
    const before = family.get(key) ?? [];
    for (const member of before) if (!lives(member)) end(member);
    const members = [...before.filter(lives), value];
    while (members.length > limit) end(members.shift() ?? value);
    family.set(key, members);
  }

  return {
    addRefresh(grant, prefix) {
      const value = mint.token('refresh_token', prefix);
      const token: RefreshToken = { ...bare(grant), value, createdAt: clock.now(), endsAt: Infinity };
      ever.add(value);
      refreshTokens.set(value, token);
      joinFamily(`${grant.zuid} ${grant.clientId}`, value, settings.livingRefreshTokens);
      return token;
    },
    addAccess(grant, prefix, refreshToken) {
      const value = mint.token('access_token', prefix);
      const expiresAt = clock.now() + settings.accessTokenLife * 1000;
      const token = { ...bare(grant), value, expiresAt, ...(refreshToken === undefined ? {} : { refreshToken }) };
      ever.add(value);
      accessTokens.set(value, token);
      if (refreshToken !== undefined) joinFamily(refreshToken, value, settings.livingAccessTokens);
      return token;
    },
    findRefresh,
    findAccess,
    widen(value, scopes) {
      const wider = <Token extends Grant>(held: Map<string, Token>, member: string): void => {
        const token = held.get(member);
        if (token !== undefined) held.set(member, { ...token, scopes: [...new Set([...token.scopes, ...scopes])] });
      };
      wider(refreshTokens, value);
      for (const child of family.get(value) ?? []) wider(accessTokens, child);
    },
    end,
    endWhere(picks) {
      for (const token of [...refreshTokens.values(), ...accessTokens.values()]) if (picks(token)) end(token.value);
    },
    endAll() {
      const [ended, endedAccess, endedFamily] = [[...refreshTokens], [...accessTokens], [...family]];
      for (const map of [refreshTokens, accessTokens, family]) map.clear();
      return () => {
        for (const [value, token] of ended) refreshTokens.set(value, token);
        for (const [value, token] of endedAccess) accessTokens.set(value, token);
        for (const [key, members] of endedFamily) family.set(key, [...members, ...(family.get(key) ?? [])]);
      };
    },
    livingRefresh: () => [...refreshTokens.values()].filter((token) => clock.now() < token.endsAt),
    known: (value) => ever.has(value),
    save: () => ({
      refresh: [...refreshTokens.values()].map((token) => ({ ...token, endsAt: endOf(token) })),
      access: [...accessTokens.values()],
      families: [...family],
      ever: [...ever],
    }),
    load(saved) {
      for (const held of [refreshTokens, accessTokens, family, ever]) held.clear();
      for (const token of saved.refresh) refreshTokens.set(token.value, { ...token, endsAt: token.endsAt ?? Infinity });
      for (const token of saved.access) accessTokens.set(token.value, token);
      for (const [key, members] of saved.families) family.set(key, [...members]);
      for (const value of saved.ever) ever.add(value);
    },
  };
}

/** When a refresh token ends, as JSON can say it. */
export function endOf({ endsAt }: RefreshToken): number | null {
  return Number.isFinite(endsAt) ? endsAt : null;
}

/** Only the grant's own members, whatever else the given object holds. */
function bare({ clientId, zuid, dataCenter, scopes, orgId }: Grant): Grant {
  return { clientId, zuid, dataCenter, scopes, ...(orgId === undefined ? {} : { orgId }) };
}
