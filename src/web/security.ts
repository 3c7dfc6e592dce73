import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isLoopback } from '../loopback';
import { Problem } from '../problem';
import { dataCenterCodes } from '../zoho/data-centers';
import type { ZohoHosts } from '../zoho/hosts';

/** Headers of every answer, errors and static files included. */
export function securityHeaders(hosts: ZohoHosts, baseUrl: string): RequestHandler {
  // The connect form is answered by a redirect to Zoho, and browsers hold form-action against redirects too.
  const accounts = [...new Set(dataCenterCodes.map((code) => hosts.accountsUrl(code)))].join(' ');
  const headers = {
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
  return (_req, res, next) => {
    res.set(headers);
    next();
  };
}

/**
 * Answers only to names that are ours: a page elsewhere could otherwise point its own host name at this server (DNS
 * rebinding). Loopback names count on any port, so that an ssh tunnel works.
 */
export function knownHosts(baseUrl: string): RequestHandler {
  const base = new URL(baseUrl);
  return (req, res, next) => {
    const host = hostOf(req);
    if (!host || !(host.host === base.host || isLoopback(host.hostname))) {
      const sentence = 'This server does not answer to that host name.';
      throw new Problem(421, 'unknown_host', sentence, `Open it at ${base.origin}.`);
    }
    if (isAnotherNameOfUs(req, host, base)) return res.redirect(303, base.origin + req.originalUrl);
    next();
  };
}

function hostOf(req: Request): URL | null {
  const header = req.headers.host ?? '';
  return /^[\w.:[\]-]+$/.test(header) && URL.canParse(`http://${header}`) ? new URL(`http://${header}`) : null;
}

/** A browser at 127.0.0.1 would lack the cookie when Zoho sends it back to localhost, so it is led to one of the two. */
function isAnotherNameOfUs(req: Request, host: URL, base: URL): boolean {
  const isNavigation = req.method === 'GET' && req.headers['sec-fetch-mode'] === 'navigate';
  return isNavigation && isLoopback(base.hostname) && host.port === base.port && host.hostname !== base.hostname;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses changes that a page of somebody else's asks for: the browser must say that the form is ours (Sec-Fetch-Site,
 * or Origin where that is missing), and the form must carry this session's token.
 */
export function sameOrigin(baseUrl: string): RequestHandler {
  return (req: Request, _res: Response, next: NextFunction) => {
    if (safeMethods.has(req.method) || comesFromUs(req, baseUrl)) return next();
    throw foreignForm();
  };
}

export function foreignForm(): Problem {
  const sentence = 'This request did not come from a page of this server, or the page is too old.';
  return new Problem(403, 'foreign_form', sentence, 'Go back, reload the page and try again.');
}

function comesFromUs(req: Request, baseUrl: string): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = req.headers;
  // The Host header was checked before, so an origin that equals it is ours under another loopback name.
  return origin !== undefined && (origin === baseUrl || origin === `http://${req.headers.host}`);
}
