import type { Read } from './reader';

export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who may sign in, in lower case (lowerAscii): e-mail addresses, and `@domain` for all of a domain. */
  readonly allowedEmails: readonly string[];
}

export interface AuthConfig {
  readonly password: string | null;
  readonly oidc: OidcConfig | null;
  readonly sessionIdleMinutes: number;
  /** IP addresses and ranges whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies: readonly string[];
  /** Host names beside BASE_URL's that the Keeper answers to, with a port where only that one counts. */
  readonly allowedHosts: readonly string[];
}

export function readAuth(read: Read): AuthConfig {
  return {
    password: read('DASHBOARD_PASSWORD'),
    oidc: readOidc(read),
    sessionIdleMinutes: read('SESSION_IDLE_MINUTES'),
    trustedProxies: read('TRUSTED_PROXIES'),
    allowedHosts: read('ALLOWED_HOSTS'),
  };
}

function readOidc(read: Read): OidcConfig | null {
  const issuer = read('OIDC_ISSUER');
  const clientId = read('OIDC_CLIENT_ID');
  const clientSecret = read('OIDC_CLIENT_SECRET');
  const allowedEmails = read('OIDC_ALLOWED_EMAILS');
  if (issuer === null || clientId === null || clientSecret === null || allowedEmails === null) return null;
  return { issuer, clientId, clientSecret, allowedEmails };
}
