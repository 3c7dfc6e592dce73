/** A refresh token that was found, with what was written beside it. Nothing of it is proved yet. */
export interface Candidate {
  readonly refreshToken: string;
  readonly name?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** As it was written; these three may name a data centre. */
  readonly dataCenter?: string;
  readonly accountsUrl?: string;
  readonly apiDomain?: string;
  /** Empty when they are not told. */
  readonly scopes: readonly string[];
}

/** Names and values as they stand in a file; the names are lower case without anything but letters and digits. */
export type Values = Readonly<Record<string, string>>;

export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
