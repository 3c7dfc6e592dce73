import type { Request, RequestHandler, Response } from 'express';
import type { Keeper } from '../../keeper';
import { basePathOf, pathBelow } from '../../lib/base-path';
import { Problem } from '../../lib/problem';
import { addSeconds, iso } from '../../lib/time';
import { landingOf, signInAddress } from '../landing';
import { browserMarkOf, rememberBrowser } from './known-browser';
import { isForScript } from '../flash';
import { endSession, noteUse } from './session';

/** The use of the dashboard is noted at most this often. */
const noteSeconds = 60;

/** Stands before all routes that are not public, so that a new route is closed unless it is put in front. */
export function requireSignIn(keeper: Keeper): RequestHandler {
  const { signIn, now } = keeper;
  const base = basePathOf(keeper.config.baseUrl);
  return async (req, res, next) => {
    const { signedIn } = req.session;
    if (!signIn.isRequired) {
      // Left over from a time with a password.
      delete req.session.signedIn;
      return next();
    }
    if (!signedIn) return redirectToSignIn(base, req, res, null);
    const ending = signIn.endingOf(signedIn);
    if (ending !== null) {
      await endSession(req);
      return redirectToSignIn(base, req, res, ending);
    }
    if (isUse(req) && signedIn.used < iso(addSeconds(now(), -noteSeconds))) {
      noteUse(req, { ...signedIn, used: iso(now()) });
    }
    if (signedIn.by === 'password' && !keeper.signIn.knowsBrowser(browserMarkOf(keeper, req)))
      rememberBrowser(keeper, res);
    res.locals['signedIn'] = true;
    next();
  };
}

/** Scripts that keep a page up to date keep nobody signed in. */
function isUse(req: Request): boolean {
  if (isForScript(req)) return false;
  const mode = req.headers['sec-fetch-mode'];
  return req.method !== 'GET' || mode === undefined || mode === 'navigate';
}

function redirectToSignIn(base: string, req: Request, res: Response, ending: string | null): void {
  if (req.method !== 'GET' && req.method !== 'HEAD' && req.accepts(['html', 'json']) !== 'html') {
    throw new Problem(401, 'signed_out', 'You are not signed in.', 'Sign in and try again.');
  }
  // Somebody back from Zoho whose session ended meanwhile: the grant code is left alone and dies within minutes.
  const because = req.path === '/oauth/callback' ? 'callback' : ending;
  if (because === 'callback') res.set('Referrer-Policy', 'no-referrer');
  // Without a body, which would repeat the address.
  res
    .status(303)
    .location(signInAddress(because, because === 'callback' ? null : landingOf(askedFor(base, req))))
    .end();
}

/** A form leads back to the page that it stands on. */
function askedFor(base: string, req: Request): string | undefined {
  if (req.method === 'GET' || req.method === 'HEAD') return isForScript(req) ? undefined : req.url;
  const { referer = '', host } = req.headers;
  const page = URL.canParse(referer) ? new URL(referer) : null;
  return page !== null && page.host === host ? (pathBelow(base, page.pathname + page.search) ?? undefined) : undefined;
}
