import type { Config } from './config';
import { isLoopback } from './loopback';

/** Ends of support of Node's even versions: https://github.com/nodejs/release#release-schedule */
const endOfSupport: ReadonlyMap<number, string> = new Map([
  [20, '2026-04-30'],
  [22, '2027-04-30'],
  [24, '2028-04-30'],
]);

/** What works and still wants changing, a sentence each. Said at every start. */
export function startWarnings(config: Pick<Config, 'baseUrl'>, nodeVersion: string, now: Date): string[] {
  const { protocol, hostname } = new URL(config.baseUrl);
  const warnings: string[] = [];
  if (protocol === 'http:' && !isLoopback(hostname)) {
    warnings.push(
      `BASE_URL is ${config.baseUrl}: without TLS anyone on the way can read passwords and tokens. ` +
        'Put a reverse proxy with TLS in front and set BASE_URL to its https address.',
    );
  }
  const major = Number.parseInt(nodeVersion.replace(/^v/, ''), 10);
  const end = endOfSupport.get(major);
  if (end !== undefined && now > new Date(`${end}T23:59:59Z`)) {
    warnings.push(
      `Node ${major} has had no security fixes since ${end}: install a newer one, even numbers last longest.`,
    );
  }
  return warnings;
}
