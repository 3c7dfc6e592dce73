import type { Request, RequestHandler } from 'express';
import { refuseForeignForm } from '../../auth/foreign-forms';
import type { Keeper } from '../../keeper';
import { isLoopback } from '../../lib/addresses';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** By Sec-Fetch-Site or, where a browser sends none, Origin. No page can forge them, so forms need no token. */
export function csrf(keeper: Keeper): RequestHandler {
  const base = new URL(keeper.config.baseUrl);
  return async (req, _res, next) => {
    if (safeMethods.has(req.method) || comesFromUs(req, base)) return next();
    await refuseForeignForm(keeper, req.headers.origin ?? '', req.ip ?? null);
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
