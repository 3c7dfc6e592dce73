import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../../lib/addresses';
import { Problem } from '../../lib/problem';

/** Against DNS rebinding. Loopback names count on any port, for ssh tunnels; X-Forwarded-Host is never looked at. */
export function allowedHosts(baseUrl: string, others: readonly string[]): RequestHandler {
  const base = new URL(baseUrl);
  return (req, res, next) => {
    // What nearly every request says needs no second look.
    if (req.headers.host === base.host && isPlain(req)) return next();
    const host = hostOf(req, base.protocol);
    if (host === null) {
      const sentence = 'This request does not say plainly which host it is for.';
      throw new Problem(400, 'unclear_host', sentence, `Open ${base.origin}.`);
    }
    const isAllowed = names(host, base.host) || others.some((other) => other === host.hostname || names(host, other));
    if (!isAllowed && !isLoopback(host.hostname)) {
      const sentence = `This server does not answer to the host name ${host.host}.`;
      const next =
        `Open it at ${base.origin}, or add the name to ALLOWED_HOSTS. If you are there already, a proxy in between ` +
        'replaced the name: let it pass the Host header on.';
      throw new Problem(421, 'unknown_host', sentence, next);
    }
    if (isAnotherNameOfUs(req, host, base)) return res.redirect(303, base.origin + req.originalUrl);
    next();
  };
}

/** Whether they are the same, as far as `host` says: proxies may drop the port (nginx with `$host`). */
function names(host: URL, known: string): boolean {
  return host.host === known || (host.port === '' && host.hostname === known.replace(/:\d+$/, ''));
}

/** Null when there is no Host header, more than one, or a second opinion in the request line (`GET http://…`). */
function hostOf(req: Request, protocol: string): URL | null {
  const address = `${protocol}//${req.headers.host ?? ''}`;
  const plain = isPlain(req) && /^[\w.:[\]-]+$/.test(req.headers.host ?? '');
  return plain && URL.canParse(address) ? new URL(address) : null;
}

function isPlain({ rawHeaders, originalUrl }: Request): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.length === 4 && /^host$/i.test(name));
  return hosts.length === 1 && originalUrl.startsWith('/');
}

/** A browser at 127.0.0.1 would lack the cookie when Zoho sends it back to localhost, so it is led to one name. */
function isAnotherNameOfUs(req: Request, host: URL, base: URL): boolean {
  const isNavigation = req.method === 'GET' && req.headers['sec-fetch-mode'] === 'navigate';
  return isNavigation && isLoopback(base.hostname) && host.port === base.port && isOtherLoopback(host, base);
}

function isOtherLoopback(host: URL, base: URL): boolean {
  return isLoopback(host.hostname) && host.hostname !== base.hostname;
}
