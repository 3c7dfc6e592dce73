import { isIpRange } from '../lib/addresses';
import { lowerAscii } from '../lib/text';
import { type DataCenterCode, dataCenterCodes } from '../zoho/data-centers';
import { clientSecretProblem, isClientId } from '../zoho/credentials';
import { usualConnections } from '../store/database';
import { databaseUrl } from './database-url';
import {
  anyText,
  flag,
  keeperUrl,
  keptFiles,
  listOf,
  Misfit,
  oneOf,
  path,
  proxyUrl,
  safeKeeperUrl,
  safeUrl,
  scopes,
  smtpUrl,
  type Urls,
  urlsByDataCenter,
  webUrl,
  wholeNumber,
} from './parsers';

export interface Option<Value> {
  /** Gives undefined for a text that is no such value, or throws a Misfit that says more. */
  readonly parse: (text: string) => Value | undefined;
  /** The value when the variable is not set. Null where there is none, or where it follows from other options. */
  readonly fallback: Value;
  readonly hint?: string;
  /** Can also come from the file that NAME_FILE names. No problem repeats its text: its Misfits must not either. */
  readonly secret?: true;
  /** Blanks around it count. */
  readonly exact?: true;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
const urlsHint = 'write e.g. us=http://127.0.0.1:4001,eu=http://127.0.0.1:4002';

/** Every variable that the Keeper reads, in the order of .env.example. What holds between several is in rules.ts. */
const table = {
  ZOHO_CLIENT_ID: option({ parse: clientId, fallback: null, hint: 'copy it from the API console, e.g. 1000.ABC…' }),
  ZOHO_CLIENT_SECRET: option({
    parse: clientSecret,
    fallback: null,
    hint: 'copy it anew from the API console, without anything around it',
    secret: true,
  }),
  ZOHO_DATA_CENTER: option<DataCenterCode>({
    parse: oneOf(dataCenterCodes),
    fallback: 'us',
    hint: `use one of ${dataCenterCodes.join(' ')}`,
  }),
  ZOHO_SCOPES: option({
    parse: scopes,
    fallback: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ', 'ZohoCRM.org.READ', 'AaaServer.profile.Read'],
    hint: 'separate scopes by commas, e.g. ZohoCRM.modules.ALL,Desk.basic.READ',
  }),
  ZOHO_REDIRECT_URI: option({
    parse: webUrl,
    fallback: null,
    hint: 'use the http(s) address that is registered at Zoho, e.g. http://localhost:3000/oauth/callback',
  }),
  HOST: option({ parse: anyText, fallback: null }),
  PORT: option({ parse: wholeNumber(1, 65535), fallback: 3000, hint: 'use a number from 1 to 65535' }),
  BASE_URL: option({
    parse: keeperUrl,
    fallback: null,
    hint: 'use the address that browsers see, e.g. https://tokens.example.com or https://example.com/zoho',
  }),
  DASHBOARD_PASSWORD: option({
    parse: (text) => (text.trim().length >= 8 && text.length <= 1024 ? text : undefined),
    fallback: null,
    hint: 'must have 8 to 1024 characters (15 or more are advised)',
    secret: true,
    exact: true,
  }),
  DATABASE_URL: option({
    parse: databaseUrl,
    fallback: 'sqlite:data/keeper.db',
    hint: 'must begin with sqlite: (a file) or postgres:// (a server)',
    secret: true,
  }),
  DATABASE_POOL: option({
    parse: wholeNumber(2, 1000),
    fallback: usualConnections,
    hint: 'use a number of connections from 2 to 1000, less than max_connections of PostgreSQL',
  }),
  ENCRYPTION_KEYS: option({ parse: anyText, fallback: null, secret: true }),
  OIDC_ISSUER: option({
    parse: safeUrl,
    fallback: null,
    hint: "use the issuer's address, e.g. https://accounts.google.com",
  }),
  OIDC_CLIENT_ID: option({ parse: anyText, fallback: null }),
  OIDC_CLIENT_SECRET: option({
    parse: (text) => (/^[\x20-\x7e]+$/.test(text) && !/^(["'`]).*\1$/.test(text) ? text : undefined),
    fallback: null,
    hint: 'is in quotes, or has characters that no client secret has: copy it anew from your provider',
    secret: true,
  }),
  OIDC_ALLOWED_EMAILS: option({
    parse: (text) => listOf((email) => /^[^@\s]*@[^@\s]+$/.test(email))(lowerAscii(text)),
    fallback: null,
    hint: 'write addresses, or @example.com for everybody there',
  }),
  ALLOWED_HOSTS: option({
    parse: (text) => listOf((host) => /^(\[[\da-f:]+\]|[\w.-]+)(:\d{1,5})?$/.test(host))(text.toLowerCase()),
    fallback: [],
    hint: 'write host names, e.g. tokens.example.com or keeper.lan:3000, without http://',
  }),
  TRUSTED_PROXIES: option({
    parse: listOf(isIpRange),
    fallback: [],
    hint:
      'name the addresses of your proxies, e.g. 10.0.0.5 or 10.0.0.0/24. ' +
      'Trusting everybody, or a number of hops, would let anyone forge their address',
  }),
  KEEP_ALIVE_SECONDS: option({
    parse: wholeNumber(1, 3600),
    fallback: 75,
    hint: 'use a number of seconds from 1 to 3600, more than the idle timeout of your load balancer',
  }),
  BACKUP_DIR: option({ parse: path, fallback: null, hint: 'write the path of a folder' }),
  BACKUP_KEEP: option({
    parse: wholeNumber(1, 10_000),
    fallback: 7,
    hint: 'use the number of backups to keep, 1 or more',
  }),
  EVENTS_KEEP_DAYS: option({
    parse: wholeNumber(0, 36_500),
    fallback: 400,
    hint: 'use a number of days, or 0 to keep them for ever',
  }),
  EVENTS_DIR: option({ parse: path, fallback: null, hint: 'write the path of a folder' }),
  SESSION_IDLE_MINUTES: option({
    parse: wholeNumber(5, 720),
    fallback: 30,
    hint: 'use a number of minutes from 5 to 720',
  }),
  SMTP_URL: option({
    parse: smtpUrl,
    fallback: null,
    hint: 'must be like smtps://user:password@mail.example.com:465, or smtp:// for STARTTLS (no path; write % and @ in a password as %25 and %40)',
    secret: true,
  }),
  ALERT_FROM: option({
    parse: (text) =>
      /^([^<>"@,;:\r\n]*<)?[^@\s<>",;:]+@[^@\s<>",;:]+$/.test(text.replace(/>$/, '')) ? text : undefined,
    fallback: null,
    hint: 'write an address, e.g. keeper@example.com or Token Keeper <keeper@example.com>',
  }),
  ALERT_EMAILS: option({
    parse: listOf((email) => /^[^@\s<>"]+@[^@\s<>"]+$/.test(email)),
    fallback: [],
    hint: 'write addresses, separated by commas',
  }),
  KEEP_FILES: option({
    parse: keptFiles,
    fallback: [],
    hint: 'write name=format:/absolute/path, e.g. crm=token-json:/srv/scripts/token.json',
  }),
  OUTBOUND_PROXY: option({
    parse: proxyUrl,
    fallback: null,
    hint: 'must be like http://proxy:3128 or http://user:password@proxy:3128 (no https, no SOCKS, no path)',
    secret: true,
  }),
  ZOHO_CALLS_AT_ONCE: option({
    parse: wholeNumber(1, 1000),
    fallback: 50,
    hint: 'use a number of calls, 1 to 1000',
  }),
  KEEPER_URL: option({
    parse: safeKeeperUrl,
    fallback: null,
    hint: 'use the address of the other Keeper, e.g. https://tokens.example.com',
  }),
  KEEPER_KEY: option({
    parse: (text) => (/^zt_[\w-]+$/.test(text) ? text : undefined),
    fallback: null,
    hint: 'is no API key: copy the whole key, which begins with zt_',
    secret: true,
  }),
  LOG_LEVEL: option<(typeof logLevels)[number]>({
    parse: oneOf(logLevels),
    fallback: 'info',
    hint: `use one of ${logLevels.join(', ')}`,
  }),
  LOG_EVENTS: option({ parse: flag('yes', 'no'), fallback: false, hint: 'use one of yes, no' }),
  ZOHO_PKCE: option({ parse: flag('on', 'off'), fallback: true, hint: 'use one of on, off' }),
  ZOHO_ACCOUNTS_URLS: option<Urls>({ parse: urlsByDataCenter, fallback: {}, hint: urlsHint }),
  ZOHO_API_URLS: option<Urls>({ parse: urlsByDataCenter, fallback: {}, hint: urlsHint }),
  ZOHO_ALLOW_REPLACED_HOSTS: option({ parse: flag('yes', 'no'), fallback: false, hint: 'use one of yes, no' }),
};

export type OptionName = keyof typeof table;
export type Values = {
  readonly [Name in OptionName]: (typeof table)[Name] extends Option<infer Value> ? Value : never;
};
export const options: { readonly [Name in OptionName]: Option<Values[Name]> } = table;

export function variableNames(): string[] {
  return Object.entries<Option<unknown>>(options).flatMap(([name, { secret }]) =>
    secret ? [name, `${name}_FILE`] : [name],
  );
}

export function secretNames(): string[] {
  return Object.entries<Option<unknown>>(options).flatMap(([name, { secret }]) =>
    secret ? [name, `${name}_FILE`] : [],
  );
}

function option<Value>(option: Option<Value>): Option<Value> {
  return option;
}

function clientId(text: string): string {
  if (!isClientId(text)) throw new Misfit('does not look like a client ID');
  return text;
}

function clientSecret(text: string): string {
  const problem = clientSecretProblem(text);
  if (problem !== null) throw new Misfit(problem);
  return text;
}
