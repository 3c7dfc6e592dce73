import { Router, type CookieOptions, type Request, type Response } from 'express';
import type { Keeper } from '../../keeper';
import type { Oidc, OidcAttempt } from '../../auth/oidc';
import { Problem } from '../../lib/problem';
import { sameText } from '../../lib/same-text';
import { DamagedSecret } from '../../store/encryption/cipher';
import { iso, later } from '../../lib/time';
import { parameter } from '../input';
import { beginSession, cookieName } from '../middleware/session';

/** How long somebody may take at the provider, in seconds. */
const attemptLife = 600;

/** Signing in through the provider. Public, so it stands before the door. */
export function oidcRoutes({ oidc, login, store, config, now }: Keeper): Router {
  const router = Router();
  if (oidc === null) return router;
  const provider = oidc;
  // Sealed and kept by the browser: whoever is not signed in writes nothing into the database.
  const cookie = cookieName('keeper-login', config.baseUrl);
  const place = { column: 'cookie.login', row: 'attempt' };
  const options: CookieOptions = {
    httpOnly: true,
    sameSite: 'lax',
    secure: config.baseUrl.startsWith('https:'),
    path: '/',
  };
  // A link and not a form: browsers would hold form-action against every redirect on the way to the provider's page.
  router.get('/login/oidc', begin);
  router.get('/login/callback', callback);
  return router;

  async function begin(_req: Request, res: Response): Promise<void> {
    try {
      const { address, attempt } = await provider.begin();
      const until = iso(later(now(), attemptLife));
      const sealed = store.cipher.seal([attempt.state, attempt.nonce, attempt.verifier, until].join(' '), place);
      res.cookie(cookie, sealed, { ...options, maxAge: attemptLife * 1000 });
      res.redirect(303, address);
    } catch (error) {
      explain(error, res);
    }
  }

  async function callback(req: Request, res: Response): Promise<void> {
    // The address holds a one-time code: nothing may take it along to another page.
    res.set('Referrer-Policy', 'no-referrer');
    try {
      const email = await finish(provider, req);
      await beginSession(req, await login.byOidc(email, req.ip ?? null));
      res.clearCookie(cookie, options);
      res.redirect(303, '/');
    } catch (error) {
      explain(error, res);
    }
  }

  async function finish(from: Oidc, req: Request): Promise<string> {
    const attempt = attemptOf(req);
    const state = parameter(req, 'state');
    if (attempt === null || state === undefined || !sameText(state, attempt.state)) {
      throw new Problem(400, 'foreign', 'This sign-in was begun elsewhere.', 'Start again.');
    }
    return from.finish(new URL(config.baseUrl + req.originalUrl), attempt);
  }

  function attemptOf(req: Request): OidcAttempt | null {
    const sealed = cookieOf(req, cookie);
    if (sealed === null) return null;
    try {
      const [state, nonce, verifier, until] = store.cipher.open(sealed, place).split(' ');
      if (!state || !nonce || !verifier || !until || until <= iso(now())) return null;
      return { state, nonce, verifier };
    } catch (error) {
      if (error instanceof DamagedSecret) return null;
      throw error;
    }
  }
}

/** The login page says what went wrong, at an address without the code. */
function explain(error: unknown, res: Response): void {
  if (!(error instanceof Problem)) throw error;
  res.redirect(303, `/login?because=${error.code}`);
}

function cookieOf(req: Request, name: string): string | null {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
