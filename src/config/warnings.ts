import type { Config } from './config';
import { basePathOf, pathBelow } from '../lib/base-path';
import { isLoopback } from '../lib/addresses';
import { isThisComputer, writtenTls } from '../store/postgres-tls';
import { isCommonPassword } from './weak-password';

/** Ends of support of Node's even versions: https://github.com/nodejs/release#release-schedule */
const endOfSupport: ReadonlyMap<number, string> = new Map([
  [20, '2026-04-30'],
  [22, '2027-04-30'],
  [24, '2028-04-30'],
]);

/** Shorter ones are named where other computers can reach the Keeper. */
const advisedLength = 12;

export function startWarnings(config: Config, nodeVersion: string, now: Date): string[] {
  const { protocol, hostname, origin } = new URL(config.baseUrl);
  const warnings = [...config.source.warnings];
  const replaced = Object.values({ ...config.accountsUrls, ...config.apiUrls });
  if (replaced.length > 0) {
    warnings.push(
      `Secrets and tokens go to ${[...new Set(replaced)].join(', ')} instead of Zoho, as ZOHO_ACCOUNTS_URLS and ` +
        'ZOHO_API_URLS say.',
    );
  }
  warnings.push(...passwordWarnings(config));
  if (protocol === 'http:' && !isLoopback(hostname)) {
    warnings.push(
      `BASE_URL is ${config.baseUrl}: without TLS anyone on the way can read passwords, tokens and codes from Zoho. ` +
        'Put a reverse proxy with TLS in front and set BASE_URL to its https address.',
    );
  }
  if (config.password === null && config.oidc === null && isMeantForOthers(config)) {
    warnings.push(
      'There is no password, so the pages answer this computer only, under names such as localhost: ' +
        'set DASHBOARD_PASSWORD (or OIDC_ISSUER) to let others in.',
    );
  }
  const wayBack = new URL(config.redirectUri);
  if (wayBack.origin !== origin || pathBelow(basePathOf(config.baseUrl), wayBack.pathname) === null) {
    warnings.push(
      `ZOHO_REDIRECT_URI leads to ${wayBack.origin === origin ? wayBack.href : wayBack.origin} and BASE_URL is ${config.baseUrl}: whoever connects at one comes back at the ` +
        'other, where their session may be missing. Let both name the same address.',
    );
  }
  warnings.push(...tlsWarnings(config));
  if (config.ignoredProxies.length > 0) warnings.push(ignoredProxiesWarning(config));
  const major = Number.parseInt(nodeVersion.replace(/^v/, ''), 10);
  const end = endOfSupport.get(major);
  if (end !== undefined && now > new Date(`${end}T23:59:59Z`)) {
    warnings.push(
      `Node ${major} has had no security fixes since ${end}: install a newer one, even numbers last longest.`,
    );
  }
  return warnings;
}

function tlsWarnings({ databaseUrl, ignoresTlsSwitch, pkce }: Config): string[] {
  const warnings: string[] = [];
  if (ignoresTlsSwitch) {
    warnings.push(
      'NODE_TLS_REJECT_UNAUTHORIZED is 0, which the Keeper does not obey: certificates are verified all the same. ' +
        'For an authority of your own start with NODE_EXTRA_CA_CERTS=/path/of/its/ca.pem.',
    );
  }
  const written = databaseUrl.startsWith('postgres') ? writtenTls(databaseUrl) : null;
  if (written !== null && written !== 'verified' && !isThisComputer(postgresHost(databaseUrl))) {
    warnings.push(
      `DATABASE_URL says that the connection to PostgreSQL is ${written === 'none' ? 'not encrypted' : 'not verified'}: ` +
        'whoever is on the way can read and change what is stored. Write sslmode=verify-full.',
    );
  }
  if (!pkce) warnings.push('ZOHO_PKCE is off: codes from Zoho are protected by the client secret alone.');
  return warnings;
}

function postgresHost(url: string): string {
  const { hostname, searchParams } = new URL(url.replace('@/', '@localhost/'));
  return searchParams.get('host') ?? decodeURIComponent(hostname);
}

/** A common password of a Keeper that others can reach does not come this far (rules.ts). */
function passwordWarnings(config: Config): string[] {
  const { password } = config;
  if (password === null) return [];
  const isShort = password.length < advisedLength && isMeantForOthers(config);
  return [
    ...(password === password.trim()
      ? []
      : ['DASHBOARD_PASSWORD begins or ends with a space, which has to be typed as well.']),
    ...(isCommonPassword(password)
      ? [
          'DASHBOARD_PASSWORD is one of the first that anybody tries: set a longer one of your own, e.g. four random words.',
        ]
      : []),
    ...(isShort ? [`DASHBOARD_PASSWORD has fewer than ${advisedLength} characters: 15 or more are advised.`] : []),
  ];
}

export function ignoredProxiesWarning({ ignoredProxies, outboundProxy }: Config): string {
  const followed =
    outboundProxy === null
      ? 'calls go out directly. Set OUTBOUND_PROXY to send them through a proxy.'
      : 'calls go through OUTBOUND_PROXY.';
  return `${ignoredProxies.join(', ')} ${ignoredProxies.length > 1 ? 'are' : 'is'} set and not followed: ${followed}`;
}

function isMeantForOthers({ hosts, baseUrl, allowedHosts, trustedProxies }: Config): boolean {
  if (hosts.some((host) => !isLoopback(host))) return true;
  return !isLoopback(new URL(baseUrl).hostname) || allowedHosts.length > 0 || trustedProxies.length > 0;
}
