/** In what one redirect URI differs from another, as words after "differs"; null when in nothing. */
export function differenceWords(one: string, other: string): string | null {
  if (one === other) return null;
  if (!URL.canParse(one) || !URL.canParse(other)) return 'by its letters';
  const [a, b] = [new URL(one), new URL(other)];
  const without = (url: URL): string => url.pathname.replace(/\/$/, '');
  const kinds = [
    ...(a.protocol === b.protocol ? [] : ['by the scheme']),
    ...(a.hostname === b.hostname ? [] : ['by the host name']),
    ...(a.port === b.port ? [] : ['by the port']),
    ...(without(a) === without(b) ? (a.pathname === b.pathname ? [] : ['by the final slash']) : ['by the path']),
  ];
  return kinds.length === 0 ? 'by its letters' : kinds.join(' and ');
}

export interface Variant {
  readonly uri: string;
  readonly differs: string;
}

const loopback = ['localhost', '127.0.0.1'];

/** What people register by mistake in place of `uri`: Zoho takes none of them for it. */
export function likelyVariants(uri: string): Variant[] {
  const { protocol, hostname, port, pathname } = new URL(uri);
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(uri);
    change(url);
    return url.href;
  };
  const slash = pathname.endsWith('/') ? pathname.slice(0, -1) : `${pathname}/`;
  const otherHost = loopback.includes(hostname) ? loopback.find((name) => name !== hostname) : undefined;
  const variants = [
    changed((url) => (url.pathname = slash)),
    changed((url) => (url.protocol = protocol === 'https:' ? 'http:' : 'https:')),
    ...(port === '' ? [] : [changed((url) => (url.port = ''))]),
    ...(otherHost === undefined ? [] : [changed((url) => (url.hostname = otherHost))]),
  ];
  return variants.flatMap((variant) => {
    const differs = differenceWords(variant, uri);
    return differs === null ? [] : [{ uri: variant, differs }];
  });
}
