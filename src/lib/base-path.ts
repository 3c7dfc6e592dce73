/** The path below which an address is: `/zoho` of `https://example.com/zoho`, and nothing of a host alone. */
export function basePathOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '');
}

/** What stands behind `base` in a path, perhaps with a query; null when it is elsewhere. */
export function pathBelow(base: string, path: string): string | null {
  const rest = path.slice(base.length);
  if (!path.startsWith(base) || !/^([/?]|$)/.test(rest)) return null;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
