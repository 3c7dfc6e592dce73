import { parseScopes } from '../zoho/scopes';
import type { Candidate, Values } from './candidate';

/** Names by which files call the same thing; a prefix such as ZOHO_ may stand before them. */
const endings = [
  ['refreshToken', ['refreshtoken']],
  ['clientId', ['clientid']],
  ['clientSecret', ['clientsecret']],
  ['dataCenter', ['datacenter', 'datacentre']],
  ['accountsUrl', ['accountsurl', 'accountsserver', 'accountsdomain', 'authdomain', 'accountsbaseurl']],
  ['apiDomain', ['apidomain', 'apibaseurl']],
  ['scopes', ['scopes', 'scope']],
] as const;

type Field = (typeof endings)[number][0];

/** These are common words, so nothing may stand before them. */
const names = ['connection', 'connectionname', 'name', 'username', 'usermail', 'useremail', 'useremailid'];

/** The field that a plain name stands for, and what stands before it. */
export function fieldOf(plain: string): { readonly field: Field; readonly prefix: string } | null {
  for (const [field, words] of endings) {
    const ending = words.find((word) => plain.endsWith(word));
    if (ending !== undefined) return { field, prefix: plain.slice(0, -ending.length) };
  }
  return null;
}

/** Null when there is no refresh token among the values, or something that only holds its place. */
export function candidateOf(values: Values): Candidate | null {
  const found: Partial<Record<Field, string>> = {};
  for (const [plain, value] of Object.entries(values)) {
    const field = fieldOf(plain)?.field;
    if (field !== undefined && value !== '') found[field] ??= value;
  }
  const { refreshToken, scopes, ...others } = found;
  if (refreshToken === undefined || !isToken(refreshToken)) return null;
  const name = names.map((key) => values[key]).find(Boolean);
  return {
    ...others,
    refreshToken,
    ...(name !== undefined && { name }),
    scopes: scopes === undefined ? [] : parseScopes(scopes).scopes,
  };
}

export function isToken(text: string): boolean {
  return /^[\w.~+/=-]{8,2048}$/.test(text);
}
