import catalogue from '../../src/zoho/scopes.json';

/** So many scopes that Zoho has, as the connect form takes them. */
export function someScopes(count: number): string {
  return [...new Set(Object.values(catalogue).flat())].slice(0, count).join(',');
}
