import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../../lib/addresses';
import { Problem } from '../../lib/problem';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const advice = 'Open the dashboard in this browser and try again there.';

/** By Sec-Fetch-Site or, where a browser sends none, Origin. No page can forge them, so forms need no token. */
export function csrf(baseUrl: string): RequestHandler {
  const base = new URL(baseUrl);
  return (req, _res, next) => {
    if (safeMethods.has(req.method) || comesFromUs(req, base)) return next();
    throw new Problem(403, 'foreign_form', 'This request did not come from a page of this server.', advice);
  };
}

function comesFromUs(req: Request, base: URL): boolean {
  const site = req.headers['sec-fetch-site'];
  // same-site is not enough: another port of this computer, or another name in the domain, is not ours.
  if (site !== undefined) return site === 'same-origin';
  const { origin, host = '' } = req.headers;
  if (origin === undefined) return false;
  // The Host header was checked before, so an origin that equals it is ours under another name; without TLS only
  // where BASE_URL has none either, or over a tunnel to this computer.
  const isTunnel = URL.canParse(origin) && isLoopback(new URL(origin).hostname);
  return origin === base.origin || origin === `${base.protocol}//${host}` || (isTunnel && origin === `http://${host}`);
}
