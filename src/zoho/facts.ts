import type { DataCenterCode } from './data-centers';

/** What is known of the client that a call named, and of where the call went. */
export interface ClientFacts {
  readonly dataCenter: DataCenterCode;
  /** Where the client is registered; null when it is not set up here. */
  readonly home: DataCenterCode | null;
  /** Whether a secret is stored for `dataCenter` alone. */
  readonly hasOwnSecret: boolean;
  /** When a connection of this client there last got a token; null when none has. */
  readonly workedAt: string | null;
}

export interface ConnectFacts extends ClientFacts {
  /** Where consent was asked; the answer may have named another data centre, which is `dataCenter` then. */
  readonly asked: DataCenterCode;
  /** Seconds from leaving for Zoho to the end of the exchange: a code cannot be older. Null for one that was pasted. */
  readonly codeAge: number | null;
  /** Grant codes of this client in the ten minutes before, as far as is known here. */
  readonly consents: number;
  readonly redirectUri: string;
  /** The one that is configured now. */
  readonly redirectUriNow: string;
  readonly scopes: readonly string[];
}

export interface RefreshFacts extends ClientFacts {
  /** Token requests of the last ten minutes for this refresh token. */
  readonly requests: number;
  /** Connections of the same user and client with newer refresh tokens, the oldest first. */
  readonly newer: readonly string[];
  /** How many other connections of the same user and client there are, and how many of them Zoho refuses as well. */
  readonly others: number;
  readonly refusedOthers: number;
  /** When Zoho last gave an access token for this refresh token; null when it never has. */
  readonly refreshedAt: string | null;
}

/** Takes the place of the words that fit every cause. */
export interface Cause {
  readonly sentence: string;
  readonly next?: string;
}

/** For each of Zoho's words: the likeliest cause given the facts; null when they say nothing about it. */
export type Causes<Facts> = Readonly<Record<string, (facts: Facts) => Cause | null>>;
