import type { Config } from './config';
import { isLoopback } from '../lib/addresses';

/** Ends of support of Node's even versions: https://github.com/nodejs/release#release-schedule */
const endOfSupport: ReadonlyMap<number, string> = new Map([
  [20, '2026-04-30'],
  [22, '2027-04-30'],
  [24, '2028-04-30'],
]);

export function startWarnings(config: Config, nodeVersion: string, now: Date): string[] {
  const { protocol, hostname } = new URL(config.baseUrl);
  const warnings = [...config.source.warnings];
  const replaced = Object.values({ ...config.accountsUrls, ...config.apiUrls });
  if (replaced.length > 0) {
    warnings.push(
      `Secrets and tokens go to ${[...new Set(replaced)].join(', ')} instead of Zoho, as ZOHO_ACCOUNTS_URLS and ` +
        'ZOHO_API_URLS say.',
    );
  }
  if (config.password !== null && config.password !== config.password.trim()) {
    warnings.push('DASHBOARD_PASSWORD begins or ends with a space, which has to be typed as well.');
  }
  if (protocol === 'http:' && !isLoopback(hostname)) {
    warnings.push(
      `BASE_URL is ${config.baseUrl}: without TLS anyone on the way can read passwords and tokens. ` +
        'Put a reverse proxy with TLS in front and set BASE_URL to its https address.',
    );
  }
  if (config.password === null && config.oidc === null && isMeantForOthers(config)) {
    warnings.push(
      'There is no password, so the pages answer this computer only, under names such as localhost: ' +
        'set DASHBOARD_PASSWORD (or OIDC_ISSUER) to let others in.',
    );
  }
  const wayBack = new URL(config.redirectUri).origin;
  if (wayBack !== config.baseUrl) {
    warnings.push(
      `ZOHO_REDIRECT_URI leads to ${wayBack} and BASE_URL is ${config.baseUrl}: whoever connects at one comes back at the ` +
        'other, where their session may be missing. Let both name the same address.',
    );
  }
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

export function ignoredProxiesWarning({ ignoredProxies, outboundProxy }: Config): string {
  const followed =
    outboundProxy === null
      ? 'calls go out directly. Set OUTBOUND_PROXY to send them through a proxy.'
      : 'calls go through OUTBOUND_PROXY.';
  return `${ignoredProxies.join(', ')} ${ignoredProxies.length > 1 ? 'are' : 'is'} set and not followed: ${followed}`;
}

function isMeantForOthers({ baseUrl, allowedHosts, trustedProxies }: Config): boolean {
  return !isLoopback(new URL(baseUrl).hostname) || allowedHosts.length > 0 || trustedProxies.length > 0;
}
