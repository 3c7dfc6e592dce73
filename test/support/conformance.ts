import type { Router } from 'express';

type Schemas = Readonly<Record<string, object>>;

/** Where `value` differs from an OpenAPI schema, as far as this project's schemas go. Members that it does not name count. */
export function differences(schema: object, value: unknown, schemas: Schemas, at = ''): string[] {
  const rules = new Map<string, unknown>(Object.entries(schema));
  const reference = rules.get('$ref');
  if (typeof reference === 'string') {
    const named = schemas[reference.replace('#/components/schemas/', '')];
    return named ? differences(named, value, schemas, at) : [`${at}: no schema ${reference}`];
  }
  const types = [rules.get('type')].flat();
  if (!types.includes(typeOf(value)) && !(types.includes('number') && typeOf(value) === 'integer')) {
    return [`${at}: ${typeOf(value)} and not ${types.join(' or ')}`];
  }
  return [...ofValue(rules, value, at), ...ofItems(rules, value, schemas, at), ...ofMembers(rules, value, schemas, at)];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function ofValue(rules: ReadonlyMap<string, unknown>, value: unknown, at: string): string[] {
  const allowed = rules.get('enum');
  const pattern = rules.get('pattern');
  const minimum = rules.get('minimum');
  const wrong = [
    rules.has('const') && rules.get('const') !== value,
    Array.isArray(allowed) && !allowed.includes(value),
    typeof pattern === 'string' && typeof value === 'string' && !new RegExp(pattern).test(value),
    typeof minimum === 'number' && typeof value === 'number' && value < minimum,
    rules.get('format') === 'date-time' && typeof value === 'string' && !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value),
    rules.get('format') === 'uri' && typeof value === 'string' && !URL.canParse(value),
  ];
  return wrong.some(Boolean) ? [`${at}: ${JSON.stringify(value)} does not fit`] : [];
}

function ofItems(rules: ReadonlyMap<string, unknown>, value: unknown, schemas: Schemas, at: string): string[] {
  const items = rules.get('items');
  if (!Array.isArray(value) || typeof items !== 'object' || items === null) return [];
  return value.flatMap((item, index) => differences(items, item, schemas, `${at}[${index}]`));
}

function ofMembers(rules: ReadonlyMap<string, unknown>, value: unknown, schemas: Schemas, at: string): string[] {
  const properties = rules.get('properties');
  if (typeOf(value) !== 'object' || typeof value !== 'object' || value === null) return [];
  if (typeof properties !== 'object' || properties === null) return ofMap(rules, value, schemas, at);
  const known = new Map<string, unknown>(Object.entries(properties));
  const required = rules.get('required');
  const missing = (Array.isArray(required) ? required : []).filter((name) => !Object.hasOwn(value, String(name)));
  const found = Object.entries(value).flatMap(([name, member]) => {
    const schema = known.get(name);
    if (typeof schema !== 'object' || schema === null) return [`${at}.${name}: not described`];
    return differences(schema, member, schemas, `${at}.${name}`);
  });
  return [...missing.map((name) => `${at}.${String(name)}: missing`), ...found];
}

/** A map has members of one kind, under any names or under some. */
function ofMap(rules: ReadonlyMap<string, unknown>, value: object, schemas: Schemas, at: string): string[] {
  const [members, names] = [rules.get('additionalProperties'), listOf(rules.get('propertyNames'), 'enum')];
  if (typeof members !== 'object' || members === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    ...(names.length === 0 || names.includes(name) ? [] : [`${at}.${name}: not described`]),
    ...differences(members, member, schemas, `${at}.${name}`),
  ]);
}

/** The paths of a router and those inside it, as OpenAPI writes them. */
export function pathsOf(router: Router): Set<string> {
  const paths = new Set<string>();
  collect(router, '');
  return paths;

  function collect(from: unknown, prefix: string): void {
    for (const layer of listOf(from, 'stack')) {
      const route: unknown = memberOf(layer, 'route');
      const path = memberOf(route, 'path');
      const inner = memberOf(layer, 'handle');
      if (typeof path === 'string') paths.add(prefix + path.replace(/[:*](\w+)/g, '{$1}'));
      else if (memberOf(inner, 'stack') !== undefined) collect(inner, `${prefix}/api/v1`);
    }
  }
}

export function memberOf(from: unknown, name: string): unknown {
  const has = (typeof from === 'object' && from !== null) || typeof from === 'function';
  return has ? Reflect.get(from, name) : undefined;
}

export function listOf(from: unknown, name: string): unknown[] {
  const value = memberOf(from, name);
  return Array.isArray(value) ? value : [];
}
