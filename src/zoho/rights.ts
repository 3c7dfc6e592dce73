import { partsOf } from './scope-catalogue';
import { resourceWords } from './scope-words';
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
  ALL: 'read, add, change and delete',
  READ: 'read',
  CREATE: 'add',
  UPDATE: 'change',
  WRITE: 'add and change',
  DELETE: 'delete',
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
  const { resource, operation } = partsOf(scope);
  if (operation === '') return resourceWords(resource);
  const verb = verbs[operation];
  return verb === undefined ? scope : `${resourceWords(resource)}: ${verb}`;
}
