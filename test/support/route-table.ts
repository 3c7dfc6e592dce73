import type { Express } from 'express';

export interface RouteEntry {
  readonly method: string;
  readonly path: string;
}

/** What Express keeps of a route or a mounted router; its types leave it out. */
interface Layer {
  readonly rawPath?: string | readonly string[];
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** Every route of the app, read from the app itself. `ALL` stands for any method. */
export function routeTable(app: Express): RouteEntry[] {
  // The only place that knows how Express stores them.
  const { stack } = app.router as unknown as { stack: readonly Layer[] };
  return stack.flatMap((layer) => routesOf(layer, ''));
}

function routesOf({ rawPath, route, handle }: Layer, prefix: string): RouteEntry[] {
  if (route) {
    const methods = Object.keys(route.methods).map((method) => (method === '_all' ? 'ALL' : method.toUpperCase()));
    return paths(route.path).flatMap((path) => methods.map((method) => ({ method, path: prefix + path })));
  }
  const inner = handle.stack ?? [];
  const mounts = paths(rawPath ?? '/').map((path) => (path === '/' ? '' : path));
  return mounts.flatMap((mount) => inner.flatMap((layer) => routesOf(layer, prefix + mount)));
}

function paths(path: string | readonly string[]): readonly string[] {
  return typeof path === 'string' ? [path] : path;
}

/** An address that the route answers to. */
export function addressOf({ path }: RouteEntry, values: Readonly<Record<string, string>>): string {
  return path.replace(/[:*](\w+)/g, (_, name: string) => values[name] ?? `any-${name}`);
}
