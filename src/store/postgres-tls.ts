import { readFileSync } from 'node:fs';
import type { PoolConfig } from 'pg';
import { isLoopback } from '../lib/addresses';

export type PostgresTls = 'verified' | 'unverified' | 'none';

const ours = /^(ssl(mode|cert|key|rootcert|negotiation)?|uselibpqcompat)=/;

/** How the connection to PostgreSQL is encrypted, and the URL without what it says about that. Reads certificates. */
export function withTls(url: string, hostOf: (connectionString: string) => string): PoolConfig {
  const [address = '', query = ''] = url.split(/\?(.*)/s);
  const rest = query.split('&').filter((part) => !ours.test(part));
  const connectionString = rest.length > 0 ? `${address}?${rest.join('&')}` : address;
  const tls = writtenTls(url) ?? (isThisComputer(hostOf(connectionString)) ? 'none' : 'verified');
  if (tls === 'none') return { connectionString, ssl: false };
  const said = saidIn(url);
  const file = (name: string) => (said.has(name) ? readFileSync(said.get(name) ?? '', 'utf8') : undefined);
  const [ca, cert, key] = [file('sslrootcert'), file('sslcert'), file('sslkey')];
  return {
    connectionString,
    ssl: { rejectUnauthorized: tls === 'verified', ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    ...(said.get('sslnegotiation') === 'direct' && { sslnegotiation: 'direct' }),
  };
}

/** What the URL itself asks for; null when it says nothing. As in the driver, every `sslmode` but two verifies. */
export function writtenTls(url: string): PostgresTls | null {
  const said = saidIn(url);
  const mode = said.get('sslmode') ?? said.get('ssl');
  if (mode !== null && ['disable', 'false', '0'].includes(mode)) return 'none';
  if (mode === 'no-verify') return 'unverified';
  return [...said.keys()].some((name) => name.startsWith('ssl')) ? 'verified' : null;
}

function saidIn(url: string): URLSearchParams {
  return new URLSearchParams(/\?(.*)$/s.exec(url)?.[1]);
}

/** True for an address of this computer and for a socket. */
export function isThisComputer(host: string): boolean {
  return host === '' || host.startsWith('/') || isLoopback(host);
}
