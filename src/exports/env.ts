import { Problem } from '../lib/problem';
import type { TokenExport } from './connection-export';

/** Lines that a shell, dotenv and `docker --env-file` read alike. */
export function env(of: TokenExport): string {
  return Object.entries(valuesOf(of))
    .map(([name, value]) => `ZOHO_${name.toUpperCase()}=${quoted(name, value)}\n`)
    .join('');
}

export function json(of: TokenExport): string {
  const { scopes, dataCenter, connection } = of;
  return `${JSON.stringify({ connection, data_center: dataCenter, scopes, ...valuesOf(of) }, null, 2)}\n`;
}

/** Without what is not known. */
function valuesOf(of: TokenExport): Record<string, string> {
  const values = {
    client_id: of.clientId,
    client_secret: of.clientSecret,
    refresh_token: of.refreshToken,
    access_token: of.accessToken,
    access_token_expires_at: of.expiresAt,
    accounts_url: of.accountsUrl,
    api_domain: of.apiDomain,
  };
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

/** Shells and dotenv agree on words without quotes, and on either quotes around what holds neither those nor an escape. */
function quoted(name: string, value: string): string {
  if (/^[\w.:/@%+,-]*$/.test(value)) return value;
  if (!/['\r\0]|\\$/.test(value)) return `'${value}'`;
  if (!/["$`\\\r\0]/.test(value)) return `"${value}"`;
  const sentence = `The ${name.replaceAll('_', ' ')} has characters that a shell and dotenv read differently.`;
  throw new Problem(409, 'not_exportable', sentence, 'Use the format json.');
}
