import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isLoopback } from '../../lib/addresses';
import { Problem } from '../../lib/problem';
import { dataCenterCodes } from '../../zoho/data-centers';
import type { ZohoHosts } from '../../zoho/hosts';

/** Headers of every answer, errors and static files included. */
export function securityHeaders(hosts: ZohoHosts, baseUrl: string): RequestHandler {
  const headers = protectiveHeaders(hosts, baseUrl);
  return (_req, res, next) => {
    res.set(headers);
    next();
  };
}

export function protectiveHeaders(hosts: ZohoHosts, baseUrl: string): Readonly<Record<string, string>> {
  // The connect form is answered by a redirect to Zoho, and browsers hold form-action against redirects too.
  const accounts = [...new Set(dataCenterCodes.map((code) => hosts.accountsUrl(code)))].join(' ');
  return {
    'Content-Security-Policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ` +
      `form-action 'self' ${accounts}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    // no-referrer would make browsers send `Origin: null` with our own forms.
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)',
    'Cache-Control': 'no-store',
    ...(baseUrl.startsWith('https:') && { 'Strict-Transport-Security': 'max-age=31536000' }),
  };
}

/**
 * Answers only to names that are ours: a page elsewhere could otherwise point its own host name at this server (DNS
 * rebinding). Loopback names count on any port, so that an ssh tunnel works. X-Forwarded-Host is never looked at.
 */
export function knownHosts(baseUrl: string, allowedHosts: readonly string[]): RequestHandler {
  const base = new URL(baseUrl);
  return (req, res, next) => {
    const host = hostOf(req, base.protocol);
    if (host === null) {
      const sentence = 'This request does not say plainly which host it is for.';
      throw new Problem(400, 'unclear_host', sentence, `Open ${base.origin}.`);
    }
    const isAllowed = allowedHosts.includes(host.hostname) || allowedHosts.includes(req.headers.host ?? '');
    if (host.host !== base.host && !isLoopback(host.hostname) && !isAllowed) {
      const sentence = 'This server does not answer to that host name.';
      const next = `Open it at ${base.origin}, or add the name to ALLOWED_HOSTS.`;
      throw new Problem(421, 'unknown_host', sentence, next);
    }
    if (isAnotherNameOfUs(req, host, base)) return res.redirect(303, base.origin + req.originalUrl);
    next();
  };
}

/** Null when there is no Host header, more than one, or a second opinion in the request line (`GET http://…`). */
function hostOf(req: Request, protocol: string): URL | null {
  const hosts = req.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  const address = `${protocol}//${req.headers.host ?? ''}`;
  const plain = hosts.length === 1 && req.originalUrl.startsWith('/') && /^[\w.:[\]-]+$/.test(req.headers.host ?? '');
  return plain && URL.canParse(address) ? new URL(address) : null;
}

/** A browser at 127.0.0.1 would lack the cookie when Zoho sends it back to localhost, so it is led to one of the two. */
function isAnotherNameOfUs(req: Request, host: URL, base: URL): boolean {
  const isNavigation = req.method === 'GET' && req.headers['sec-fetch-mode'] === 'navigate';
  return isNavigation && isLoopback(base.hostname) && host.port === base.port && isOtherLoopback(host, base);
}

function isOtherLoopback(host: URL, base: URL): boolean {
  return isLoopback(host.hostname) && host.hostname !== base.hostname;
}

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
export function sameOrigin(baseUrl: string): RequestHandler {
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
