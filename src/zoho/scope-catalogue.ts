import { resourceWords } from './scope-words';
import catalogue from './scopes.json';

export interface CatalogueProduct {
  /** As forms name it: `crm`, `sign-in-with-zoho`. */
  readonly code: string;
  readonly name: string;
  readonly resources: readonly Resource[];
}

/** What scopes of one product speak of, such as `ZohoCRM.modules.accounts`. */
export interface Resource {
  readonly name: string;
  /** For people: “accounts”. */
  readonly words: string;
  readonly scopes: readonly KnownScope[];
}

export interface KnownScope {
  readonly name: string;
  /** In capitals; empty for the scopes of OpenID Connect. */
  readonly operation: string;
}

export type Level = 'read' | 'write' | 'all';

/** What a person means by a level: `write` deletes nothing, which is what `WRITE` of Zoho does. */
const levels: Readonly<Record<Level, readonly string[]>> = {
  read: ['READ'],
  write: ['READ', 'CREATE', 'UPDATE'],
  all: ['ALL'],
};

const order = ['READ', 'CREATE', 'UPDATE', 'CREATE-UPDATE', 'DELETE', 'WRITE', 'ALL'];

export const catalogueProducts: readonly CatalogueProduct[] = readCatalogue();

const byLowerCase = new Map(
  catalogueProducts.flatMap(({ resources }) =>
    resources.flatMap(({ scopes }) => scopes.map(({ name }) => [name.toLowerCase(), name] as const)),
  ),
);

/** The scope in the catalogue's spelling; Zoho takes any case. Undefined when it is not there. */
export function knownScope(text: string): string | undefined {
  return byLowerCase.get(text.toLowerCase());
}

/** The fewest scopes that allow so much of a product; empty when it has none of that kind. */
export function scopesOfLevel({ resources }: CatalogueProduct, level: Level): string[] {
  const whole = resources.find(({ name }) => /\.fullaccess$/i.test(name));
  if (level === 'all' && whole) return whole.scopes.map(({ name }) => name);
  // Sharing has four scopes for each module, which would fill the address of the consent page.
  const parts = resources.filter((resource) => resource !== whole && !/\.share\./.test(resource.name));
  return levels[level].flatMap((operation) =>
    parts
      .filter((resource) => !parts.some((other) => isWithin(resource, other) && has(other, operation)))
      .flatMap(({ scopes }) => {
        const fitting = scopes.filter((scope) => scope.operation === operation);
        return (level === 'all' && fitting.length === 0 ? scopes : fitting).map(({ name }) => name);
      }),
  );
}

function isWithin(resource: Resource, other: Resource): boolean {
  return resource.name.toLowerCase().startsWith(`${other.name.toLowerCase()}.`);
}

function has({ scopes }: Resource, operation: string): boolean {
  return scopes.some((scope) => scope.operation === operation);
}

/** The last part of a scope in capitals, and what stands before it. */
export function partsOf(scope: string): { resource: string; operation: string } {
  const dot = scope.lastIndexOf('.');
  return dot === -1
    ? { resource: scope, operation: '' }
    : { resource: scope.slice(0, dot), operation: scope.slice(dot + 1).toUpperCase() };
}

function readCatalogue(): CatalogueProduct[] {
  const seen = new Set<string>();
  return Object.entries(catalogue).map(([name, all]) => {
    // Two products list the scopes of OpenID Connect.
    const own = all.filter((scope) => !seen.has(scope));
    for (const scope of own) seen.add(scope);
    return { code: codeOf(name), name: name.replace(/^Zoho (?!Accounts)/, ''), resources: resourcesOf(own) };
  });
}

function codeOf(name: string): string {
  const short = name.replace(/^Zoho (?!Accounts)/, '').replace(/ \(.*/, '');
  return short.toLowerCase().replaceAll(' ', '-');
}

/** Zoho's pages write some resources in two ways, `Contacts` and `contacts`. */
function resourcesOf(names: readonly string[]): Resource[] {
  const found = new Map<string, { name: string; scopes: KnownScope[] }>();
  for (const name of names) {
    const { resource, operation } = partsOf(name);
    const key = resource.toLowerCase();
    const { scopes } = found.get(key) ?? { scopes: [] };
    found.set(key, { name: resource, scopes: [...scopes, { name, operation }] });
  }
  return [...found.values()].map(({ name, scopes }) => ({
    name,
    words: resourceWords(name),
    scopes: scopes.toSorted((one, other) => order.indexOf(one.operation) - order.indexOf(other.operation)),
  }));
}
