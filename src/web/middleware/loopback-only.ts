import type { RequestHandler } from 'express';
import { isLoopback } from '../../lib/addresses';
import { Problem } from '../../lib/problem';

/** A request under a public name, or one that a proxy passed on, comes from elsewhere although it arrives from here. */
export const loopbackOnly: RequestHandler = (req, _res, next) => {
  const { host = '', forwarded, 'x-forwarded-for': forwardedFor } = req.headers;
  const isOurs = isLoopback(new URL(`http://${host}`).hostname);
  if (isOurs && forwarded === undefined && forwardedFor === undefined) return next();
  const sentence = 'This Keeper has no password, so its pages are shown on the computer it runs on only.';
  throw new Problem(403, 'no_password', sentence, 'Set DASHBOARD_PASSWORD (or OIDC_ISSUER) and start it again.');
};
