import type { RequestHandler } from 'express';
import type { Context } from '../../context';

/** Counts requests, and logs them for whoever looks closely. Their own paths may hold secrets. */
export function requests({ counts, log }: Context): RequestHandler {
  return (req, res, next) => {
    const begun = performance.now();
    const route = routeClass(req.path);
    const { method } = req;
    res.once('close', () => {
      const status = res.headersSent ? String(res.statusCode) : 'none';
      counts.requests.add({ route, status });
      log.debug({ method, route, status, ms: Math.round(performance.now() - begun) }, 'request');
    });
    next();
  };
}

const classes: readonly (readonly [route: string, paths: RegExp])[] = [
  ['token', /^\/api\/v1\/connections\/[^/]+\/token\/?$/i],
  ['refresh', /^\/api\/v1\/connections\/[^/]+\/refresh\/?$/i],
  ['proxy', /^\/api\/v1\/connections\/[^/]+\/proxy\//i],
  ['api', /^\/api(\/|$)/i],
  ['metrics', /^\/metrics\/?$/i],
  ['health', /^\/(healthz|readyz)\/?$/i],
  ['asset', /^\/assets\//i],
  ['callback', /^\/oauth\/callback\/?$/i],
  ['live', /^\/live\/?$/i],
];

function routeClass(path: string): string {
  return classes.find(([, paths]) => paths.test(path))?.[0] ?? 'page';
}
