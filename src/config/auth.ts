import { isIpRange, isLoopback } from '../lib/addresses';

/** Sign-in through an OpenID Connect provider. */
export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who may sign in, in lower case: addresses, and `@domain` for all of a domain. */
  readonly allowedEmails: readonly string[];
}

/** Who may come in, and under which names and through which proxies. */
export interface DoorConfig {
  readonly password: string | null;
  readonly oidc: OidcConfig | null;
  /** Addresses and CIDR ranges whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies: readonly string[];
  /** Host names beside BASE_URL's that the Keeper answers to, with a port where only that one counts. */
  readonly allowedHosts: readonly string[];
}

interface Source {
  text(name: string): string | null;
  secret(name: string): string | null;
  complain(problem: string): void;
}

const maxPasswordLength = 1024;
const minPasswordLength = 8;

/** The door's settings. Every problem goes to `complain`, in words; the result then holds a harmless stand-in. */
export function readDoor(source: Source, host: string): DoorConfig {
  const password = readPassword(source);
  const oidc = readOidc(source);
  if (password === null && oidc === null && !isLoopback(host)) {
    source.complain(
      `HOST is ${host}, which other computers can reach: set DASHBOARD_PASSWORD (or OIDC_ISSUER), or bind 127.0.0.1`,
    );
  }
  return { password, oidc, trustedProxies: readProxies(source), allowedHosts: readHosts(source) };
}

function readPassword({ secret, complain }: Source): string | null {
  const password = secret('DASHBOARD_PASSWORD');
  if (password !== null && (password.length < minPasswordLength || password.length > maxPasswordLength)) {
    complain(
      `DASHBOARD_PASSWORD must have ${minPasswordLength} to ${maxPasswordLength} characters (15 or more are advised)`,
    );
  }
  return password;
}

function readOidc({ text, secret, complain }: Source): OidcConfig | null {
  const given = {
    OIDC_ISSUER: text('OIDC_ISSUER'),
    OIDC_CLIENT_ID: text('OIDC_CLIENT_ID'),
    OIDC_CLIENT_SECRET: secret('OIDC_CLIENT_SECRET'),
    OIDC_ALLOWED_EMAILS: text('OIDC_ALLOWED_EMAILS'),
  };
  const missing = Object.entries(given).filter(([, value]) => value === null);
  if (missing.length === 4) return null;
  for (const [name] of missing) {
    complain(`${name} is missing: sign-in through OpenID Connect needs all four of ${Object.keys(given).join(', ')}`);
  }
  return {
    issuer: readIssuer(given.OIDC_ISSUER ?? 'https://issuer.invalid', complain),
    clientId: given.OIDC_CLIENT_ID ?? '',
    clientSecret: given.OIDC_CLIENT_SECRET ?? '',
    allowedEmails: readEmails(given.OIDC_ALLOWED_EMAILS, complain),
  };
}

function readIssuer(value: string, complain: Source['complain']): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '') {
    complain(`OIDC_ISSUER is "${value}": use the issuer's address, e.g. https://accounts.google.com`);
  } else if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    complain(`OIDC_ISSUER sends secrets to ${url.host} without encryption: use https, plain http is for loopback only`);
  }
  return value;
}

function readEmails(value: string | null, complain: Source['complain']): string[] {
  const emails = listOf(value).map((email) => email.toLowerCase());
  const bad = emails.find((email) => !/^[^@\s]*@[^@\s]+$/.test(email));
  if (bad !== undefined) {
    complain(`OIDC_ALLOWED_EMAILS has "${bad}": write addresses, or @example.com for everybody there`);
  }
  return emails;
}

function readProxies({ text, complain }: Source): string[] {
  const proxies = listOf(text('TRUSTED_PROXIES'));
  for (const proxy of proxies) {
    if (isIpRange(proxy)) continue;
    complain(
      `TRUSTED_PROXIES has "${proxy}": name the addresses of your proxies, e.g. 10.0.0.5 or 10.0.0.0/24. ` +
        'Trusting everybody, or a number of hops, would let anyone forge their address',
    );
  }
  return proxies;
}

function readHosts({ text, complain }: Source): string[] {
  const hosts = listOf(text('ALLOWED_HOSTS')).map((host) => host.toLowerCase());
  const bad = hosts.find((host) => !/^(\[[\da-f:]+\]|[\w.-]+)(:\d{1,5})?$/.test(host));
  if (bad !== undefined) {
    complain(
      `ALLOWED_HOSTS has "${bad}": write host names, e.g. tokens.example.com or keeper.lan:3000, without http://`,
    );
  }
  return hosts;
}

function listOf(value: string | null): string[] {
  return (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}
