import catalogue from './scopes.json';

export interface ProductRights {
  readonly product: string;
  /** What the scopes allow there, as words that stand in a list. */
  readonly rights: readonly string[];
}

const products: ReadonlyMap<string, string> = new Map(
  Object.entries(catalogue)
    .flatMap(([product, scopes]) => scopes.map((scope) => [prefixOf(scope), product] as const))
    .toReversed(),
);

const verbs: Readonly<Record<string, string>> = {
  all: 'read, add, change and delete',
  read: 'read',
  create: 'add',
  update: 'change',
  write: 'add and change',
  delete: 'delete',
};

/** What scopes allow, in plain words, for people who know the product and not its API. */
export function rightsOf(scopes: readonly string[]): ProductRights[] {
  const rights = new Map<string, string[]>();
  for (const scope of scopes) {
    const product = products.get(prefixOf(scope)) ?? 'Other';
    rights.set(product, [...(rights.get(product) ?? []), rightOf(scope)]);
  }
  return [...rights].map(([product, list]) => ({ product, rights: list }));
}

function prefixOf(scope: string): string {
  return scope.toLowerCase().split('.')[0] ?? '';
}

function rightOf(scope: string): string {
  if (/^aaaserver\.profile\./i.test(scope)) return 'name and e-mail address: read';
  const [, ...parts] = scope.split('.');
  const verb = verbs[(parts.at(-1) ?? '').toLowerCase()];
  const area = parts.slice(0, -1).map(plain).join(', ');
  return verb === undefined || area === '' ? scope : `${area}: ${verb}`;
}

const areas: Readonly<Record<string, string>> = { fullaccess: 'everything', modules: 'records', org: 'organisation' };

/** `custom_views` and `CustomViews` as people would write it; short words in capitals are abbreviations. */
function plain(part: string): string {
  const known = areas[part.toLowerCase()];
  if (known !== undefined) return known;
  const spaced = part.replace(/[_-]+/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2');
  return /^[A-Z]{2,5}$/.test(spaced) ? spaced : spaced.toLowerCase();
}
