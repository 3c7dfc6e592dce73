import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isLoopback } from '../../lib/addresses';
import { Problem } from '../../lib/problem';

/**
 * Of what pages of other sites ask a browser for, lets only visits through: somebody follows a link or comes back from
 * Zoho. Such a page may ask for pictures, frames or pages in advance as often as it likes, mostly without our cookie.
 */
export const onlyVisits: RequestHandler = (req, _res, next) => {
  const site = req.headers['sec-fetch-site'];
  if ((site !== 'cross-site' && site !== 'same-site') || isVisit(req)) return next();
  const sentence = 'A page of another site asked for this.';
  throw new Problem(403, 'foreign_request', sentence, 'Open it in a window of its own.');
};

function isVisit({ headers }: Request): boolean {
  // Whoever says less is no browser, and sent no picture or frame here.
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': dest = 'document' } = headers;
  return mode === 'navigate' && dest === 'document' && headers['sec-purpose'] === undefined;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses changes that a page of somebody else's asks for: the browser must say that the form is ours (Sec-Fetch-Site,
 * or Origin where that is missing), and the form must carry this session's token.
 */
export function csrf(baseUrl: string): RequestHandler {
  const base = new URL(baseUrl);
  return (req: Request, _res: Response, next: NextFunction) => {
    if (safeMethods.has(req.method) || comesFromUs(req, base)) return next();
    throw foreignForm();
  };
}

export function foreignForm(): Problem {
  const sentence = 'This request did not come from a page of this server, or the page is too old.';
  return new Problem(403, 'foreign_form', sentence, 'Go back, reload the page and try again.');
}

function comesFromUs(req: Request, base: URL): boolean {
  const site = req.headers['sec-fetch-site'];
  // same-site is not enough: another program on this computer, or another name of the domain, is not ours.
  if (site !== undefined) return site === 'same-origin';
  const { origin, host = '' } = req.headers;
  if (origin === undefined) return false;
  // The Host header was checked before, so an origin that equals it is ours under another name; without TLS only
  // where BASE_URL has none either, or over a tunnel to this computer.
  const isTunnel = URL.canParse(origin) && isLoopback(new URL(origin).hostname);
  return origin === base.origin || origin === `${base.protocol}//${host}` || (isTunnel && origin === `http://${host}`);
}
