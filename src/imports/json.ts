import { plainName, type Values } from './candidate';
import { fieldOf } from './values';

/** The values of each object that holds a refresh token, however deep it lies; undefined when it is no JSON. */
export function valuesInJson(text: string): Values[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? valuesIn(parsed, {}) : undefined;
  } catch {
    return undefined;
  }
}

/** `around` is what stands beside or above an object, such as the client of a whole list. */
function valuesIn(value: unknown, around: Values): Values[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesIn(one, around));
  if (typeof value !== 'object' || value === null) return [];
  const own = flat('values' in value && Array.isArray(value.values) ? postmanEntries(value.values) : value);
  const holdsToken = Object.keys(own).some((name) => fieldOf(name)?.field === 'refreshToken');
  // Of a field that has several names, the first one counts.
  if (holdsToken) return [{ ...own, ...around, ...own }];
  const within = { ...around, ...shared(own) };
  return Object.values(value).flatMap((one) => valuesIn(one, within));
}

/** One value a field: it is copied to each token within, and there may be thousands of both. */
function shared(own: Values): Values {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    const field = fieldOf(name)?.field;
    if (field !== undefined && value !== '') found[plainName(field)] ??= value;
  }
  return found;
}

/** An environment of Postman has its values as a list of `key` and `value`. */
function postmanEntries(list: readonly unknown[]): object {
  const entries = list.filter((one) => typeof one === 'object' && one !== null && 'key' in one && 'value' in one);
  return Object.fromEntries(entries.map((one) => [String(Reflect.get(one, 'key')), Reflect.get(one, 'value')]));
}

function flat(value: object): Values {
  const entries = Object.entries(value).flatMap(([name, one]): [string, string][] => {
    if (typeof one === 'string') return [[plainName(name), one.trim()]];
    const isList = Array.isArray(one) && one.every((item) => typeof item === 'string');
    return isList ? [[plainName(name), one.join(' ')]] : [];
  });
  return Object.fromEntries(entries);
}
