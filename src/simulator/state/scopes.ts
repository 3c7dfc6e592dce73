import catalogue from '../../zoho/scopes.json';
import type { Settings } from './settings';

export interface Scope {
  /** As the catalogue writes it. */
  readonly name: string;
  readonly product: string;
}

const byLowerCase = new Map<string, Scope>(
  Object.entries(catalogue).flatMap(([product, names]) =>
    names.map((name): [string, Scope] => [name.toLowerCase(), { name, product }]),
  ),
);

/** Services of which the catalogue does not have all scopes: of CRM's it does. */
const incomplete = new Set([...byLowerCase.keys()].map((name) => name.split('.')[0]));
incomplete.delete('zohocrm');
const shape = /^[a-z]\w*(\.[\w-]+){1,3}\.(all|read|create|update|delete|write|custom|create-update)$/i;

/** Scope names of a request, which separates them by commas; standard libraries send spaces. */
function splitScopes(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((name) => name !== '');
}

/**
 * The scopes of a request in the catalogue's spelling, each once.
 * Undefined when there is none, or when one of them is unknown: one unknown scope spoils the whole request.
 */
export function readScopes(text: string | undefined, settings: Settings): string[] | undefined {
  const scopes = splitScopes(text).map((name) => known(name, settings));
  if (scopes.length === 0 || scopes.includes(undefined)) return undefined;
  return [...new Set(scopes.filter((name) => name !== undefined))];
}

function known(name: string, { scopes, scopesByShape }: Settings): string | undefined {
  const lower = name.toLowerCase();
  const listed = byLowerCase.get(lower)?.name ?? scopes.find((one) => one.toLowerCase() === lower);
  // The catalogue is not complete: Zoho takes WorkDrive.team.ALL, which is not in it.
  const passes = scopesByShape && incomplete.has(lower.split('.')[0]) && shape.test(name);
  return listed ?? (passes ? name : undefined);
}

/** Whether a grant allows what `needed` names; `.ALL` includes every operation. */
export function allows(granted: readonly string[], needed: string): boolean {
  const wanted = needed.toLowerCase();
  const all = wanted.replace(/\.[^.]+$/, '.all');
  return granted.some((name) => [wanted, all].includes(name.toLowerCase()));
}

/** The scope names of a reply: separated by spaces, and with `.ALL` in its parts when asked. */
export function joinScopes(scopes: readonly string[], expandAll: boolean): string {
  const operations = ['READ', 'CREATE', 'UPDATE', 'DELETE'];
  const named = expandAll
    ? scopes.flatMap((name) => (/\.all$/i.test(name) ? operations.map((word) => name.replace(/all$/i, word)) : [name]))
    : scopes;
  return named.join(' ');
}

/** The same scopes by product, for people to read. */
export function groupScopes(scopes: readonly string[]): { product: string; names: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const name of scopes) {
    const product = byLowerCase.get(name.toLowerCase())?.product ?? 'Other';
    groups.set(product, [...(groups.get(product) ?? []), name]);
  }
  return [...groups].map(([product, names]) => ({ product, names }));
}
