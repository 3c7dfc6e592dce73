import type { DataCenterCode } from '../zoho/data-centers';

/** Where programs that ask the Keeper find the connection. Nothing secret. */
export interface OpenExport {
  readonly connection: string;
  readonly keeperUrl: string;
}

/** What can be had with an API key of the Keeper. The client and the refresh token cannot: they are null then. */
export interface TokenExport extends OpenExport {
  readonly apiDomain: string;
  readonly dataCenter: DataCenterCode;
  readonly scopes: readonly string[];
  /** Of whoever consented; null when the scopes do not tell. */
  readonly userEmail: string | null;
  readonly accessToken: string;
  /** ISO time at which the access token ends. */
  readonly expiresAt: string;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly refreshToken: string | null;
  /** Origin of Zoho Accounts, without a path. */
  readonly accountsUrl: string | null;
  readonly redirectUri: string | null;
}

/** Everything that a file for another program can hold. */
export interface ConnectionExport extends TokenExport {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly accountsUrl: string;
  readonly redirectUri: string;
}

export function isWhole(of: TokenExport): of is ConnectionExport {
  return [of.clientId, of.clientSecret, of.refreshToken, of.accountsUrl, of.redirectUri].every((part) => part !== null);
}
