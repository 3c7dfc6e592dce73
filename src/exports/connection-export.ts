import type { DataCenterCode } from '../zoho/data-centers';

/** What a connection is to programs, without anything secret. */
export interface OpenExport {
  readonly connection: string;
  readonly clientId: string;
  /** Origin of Zoho Accounts, without a path. */
  readonly accountsUrl: string;
  readonly apiDomain: string;
  readonly dataCenter: DataCenterCode;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  /** Of whoever consented; null when the scopes do not tell. */
  readonly userEmail: string | null;
  /** Where programs reach the Keeper. */
  readonly keeperUrl: string;
}

/** The same with all that is secret: everything that a file for another program can hold. */
export interface ConnectionExport extends OpenExport {
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly accessToken: string;
  /** ISO time at which the access token ends. */
  readonly expiresAt: string;
}
