import { isLoopback } from '../lib/addresses';
import type { OptionName } from './options';
import type { Urls } from './parsers';
import { isCommonPassword } from './weak-password';

const client = ['ZOHO_CLIENT_ID', 'ZOHO_CLIENT_SECRET'] as const;
const oidc = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ALLOWED_EMAILS'] as const;

const mail = ['SMTP_URL', 'ALERT_FROM'] as const;

interface Chosen {
  readonly hosts: readonly string[];
  readonly baseUrl: string;
  readonly password: string | null;
  readonly databaseUrl: string;
  readonly accountsUrls: Urls;
  readonly apiUrls: Urls;
  readonly replacesHosts: boolean;
  readonly redirectUri: string;
}

/** Looks at what was given, right or wrong: what was given wrong has a sentence of its own already. */
export function conflicts(given: ReadonlySet<OptionName>, config: Chosen): string[] {
  return [
    ...missing(given),
    ...reachProblems(given, config),
    ...hostProblems(config),
    ...postgresProblems(given, config),
  ];
}

function missing(given: ReadonlySet<OptionName>): string[] {
  return [
    ...missingOf(client, given).map((name) => `${name} is missing: set both, or neither and use the setup page`),
    ...missingOf(oidc, given).map(
      (name) => `${name} is missing: sign-in through OpenID Connect needs all four of ${oidc.join(', ')}`,
    ),
    ...missingOf(mail, given).map((name) => `${name} is missing: alerts by e-mail need both of ${mail.join(', ')}`),
    ...(given.has('ALERT_EMAILS') && !mail.some((name) => given.has(name))
      ? [`ALERT_EMAILS needs a mail server: set ${mail.join(' and ')}`]
      : []),
    ...(given.has('KEEPER_URL') && !given.has('KEEPER_KEY')
      ? ['KEEPER_KEY is missing: create an API key at the Keeper that KEEPER_URL names']
      : []),
  ];
}

function reachProblems(given: ReadonlySet<OptionName>, config: Chosen): string[] {
  const problems: string[] = [];
  const hasSignIn = (['DASHBOARD_PASSWORD', ...oidc] as const).some((name) => given.has(name));
  const open = config.hosts.find((host) => !isLoopback(host));
  if (!hasSignIn && open !== undefined) {
    problems.push(
      `HOST is ${open}, which other computers can reach: set DASHBOARD_PASSWORD (or OIDC_ISSUER), or bind 127.0.0.1`,
    );
  }
  const reachable = open ?? (isLoopback(new URL(config.baseUrl).hostname) ? undefined : config.baseUrl);
  if (reachable !== undefined && config.password !== null && isCommonPassword(config.password)) {
    problems.push(
      `DASHBOARD_PASSWORD is one of the first that anybody tries, and other computers can reach ${reachable}: set a longer ` +
        'one of your own, e.g. four random words',
    );
  }
  return problems;
}

/** Where secrets, tokens and codes would go. */
function hostProblems(config: Chosen): string[] {
  const problems: string[] = [];
  const elsewhere = [...Object.values(config.accountsUrls), ...Object.values(config.apiUrls)].find(
    (url) => !isLoopback(new URL(url).hostname),
  );
  if (elsewhere !== undefined && !config.replacesHosts) {
    problems.push(
      `ZOHO_ACCOUNTS_URLS or ZOHO_API_URLS would send secrets and tokens to ${elsewhere} instead of Zoho: remove it, or ` +
        'set ZOHO_ALLOW_REPLACED_HOSTS=yes if that is meant',
    );
  }
  const wayBack = new URL(config.redirectUri);
  const isPlain = wayBack.protocol === 'http:' && !isLoopback(wayBack.hostname);
  // Who serves the pages themselves without TLS has said so in BASE_URL, and is warned at every start.
  if (isPlain && wayBack.origin !== new URL(config.baseUrl).origin) {
    problems.push(
      `ZOHO_REDIRECT_URI would bring codes from Zoho to ${wayBack.origin} without TLS: use an https address, or localhost`,
    );
  }
  return problems;
}

function postgresProblems(given: ReadonlySet<OptionName>, { databaseUrl }: Chosen): string[] {
  if (!databaseUrl.startsWith('postgres')) return [];
  const problems: string[] = [];
  if (given.has('BACKUP_DIR')) {
    problems.push('BACKUP_DIR is for SQLite: back PostgreSQL up with pg_dump, and leave BACKUP_DIR empty');
  }
  if (!given.has('ENCRYPTION_KEYS')) {
    problems.push(
      'ENCRYPTION_KEYS is needed with PostgreSQL: set it to id:base64 of 32 random bytes, the same on every instance',
    );
  }
  return problems;
}

function missingOf(names: readonly OptionName[], given: ReadonlySet<OptionName>): OptionName[] {
  const missing = names.filter((name) => !given.has(name));
  return missing.length === names.length ? [] : missing;
}
