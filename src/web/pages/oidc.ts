import { Router, type CookieOptions, type Request, type Response } from 'express';
import type { Keeper } from '../../keeper';
import { stateLife } from '../../auth/oidc';
import { Problem } from '../../lib/problem';
import { parameter } from '../input';
import { landingOf, signInAddress } from '../landing';
import { cookieFor, readCookie } from '../cookies';
import { beginSession } from '../middleware/session';
import { leadTo } from '../render';

/** Public, so it stands before requireSignIn. */
export function oidcRoutes({ oidc, signIn, config }: Keeper): Router {
  const router = Router();
  if (oidc === null) return router;
  const provider = oidc;
  // Sealed and kept by the browser: whoever is not signed in writes nothing to the database.
  const { name: cookie, ...place } = cookieFor('keeper-login', config.baseUrl);
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', ...place };
  // A link and not a form: browsers would hold form-action against every redirect on the way to the provider's page.
  router.get('/login/oidc', begin);
  router.get('/login/callback', callback);
  return router;

  async function begin(req: Request, res: Response): Promise<void> {
    const landing = landingOf(parameter(req, 'next'));
    try {
      const { url, sealed } = await provider.begin(landing ?? '/');
      res.cookie(cookie, sealed, { ...options, maxAge: stateLife * 1000 });
      leadTo(res, url);
    } catch (error) {
      explain(error, res, landing);
    }
  }

  async function callback(req: Request, res: Response): Promise<void> {
    // The URL holds a one-time code: nothing may take it along to another page.
    res.set('Referrer-Policy', 'no-referrer');
    const sealed = readCookie(req, cookie);
    const landing = landingOf(provider.landingOf(sealed));
    try {
      const account = await provider.finish(req.url, sealed, req.ip ?? null);
      await beginSession(req, await signIn.byOidc(account, req.ip ?? null));
      res.clearCookie(cookie, options);
      res.redirect(303, landing ?? '/');
    } catch (error) {
      explain(error, res, landing);
    }
  }
}

/** The login page says what went wrong, at a URL without the code. */
function explain(error: unknown, res: Response, landing: string | null): void {
  if (!(error instanceof Problem)) throw error;
  res.redirect(303, signInAddress(error.code, landing));
}
