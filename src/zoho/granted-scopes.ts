import { partsOf } from './scope-catalogue';

const changing = ['CREATE', 'UPDATE', 'DELETE'];

/**
 * Asked scopes that Zoho's answer neither lists nor covers by a wider scope or by all parts of it. Zoho may have granted
 * one all the same (docs/zoho.md, "Scopes"), so this is worth a sentence and no more.
 */
export function notListed(asked: readonly string[], granted: readonly string[]): string[] {
  const listed = new Set(granted.map((scope) => scope.toLowerCase()));
  return asked.filter((scope) => !isCovered(scope, listed));
}

function isCovered(scope: string, listed: ReadonlySet<string>): boolean {
  const { resource, operation } = partsOf(scope);
  if (isNamed(resource, operation, listed)) return true;
  const parts = operation === 'ALL' ? ['READ', ...changing] : operation === 'WRITE' ? changing : [];
  return parts.length > 0 && parts.every((part) => isNamed(resource, part, listed));
}

/** Listed itself, or as part of a wider scope. */
function isNamed(resource: string, operation: string, listed: ReadonlySet<string>): boolean {
  if (operation === '') return listed.has(resource.toLowerCase());
  const words = resource.split('.');
  const [service = ''] = words;
  const widths = words.map((_, index) => words.slice(0, index + 1).join('.'));
  const wider = [operation, 'ALL', ...(changing.includes(operation) ? ['WRITE'] : [])];
  const names = [...widths.flatMap((part) => wider.map((one) => `${part}.${one}`)), `${service}.fullaccess.ALL`];
  return names.some((name) => listed.has(name.toLowerCase()));
}
