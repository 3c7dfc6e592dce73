import type { RequestHandler } from 'express';
import { isLoopback } from '../../lib/addresses';
import { Problem } from '../../lib/problem';

/** What proxies add of their own accord, or when they are told to. */
const proxyHeader = /^(via|forwarded|x-(forwarded|original|real|client|cluster)\b.*|.+-(client|connecting)-ip)$/;

/**
 * A request under a public name, or one that a proxy passed on, comes from elsewhere although it arrives from here.
 * nginx says nothing by itself, but speaks HTTP/1.0, which no browser does.
 */
export const loopbackOnly: RequestHandler = (req, _res, next) => {
  const isOurs = isLoopback(new URL(`http://${req.headers.host ?? ''}`).hostname);
  const isDirect = req.httpVersion !== '1.0' && !Object.keys(req.headers).some((name) => proxyHeader.test(name));
  if (isOurs && isDirect) return next();
  const sentence = 'This Keeper has no password, so its pages are shown on the computer it runs on only.';
  throw new Problem(403, 'no_password', sentence, 'Set DASHBOARD_PASSWORD (or OIDC_ISSUER) and start it again.');
};
