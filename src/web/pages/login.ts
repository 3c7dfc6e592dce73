import { Router, type Request, type RequestHandler, type Response } from 'express';
import { signOut } from '../../auth/sign-in';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { exactField, field, parameter, personOf } from '../input';
import { landingOf } from '../landing';
import { browserMarkOf } from '../middleware/known-browser';
import { beginSession, endSession } from '../middleware/session';
import { show } from '../render';
import { loginView } from '../views/login';

/** Public, so it stands before requireSignIn. */
export function loginRoutes(keeper: Keeper): Router {
  const router = Router();
  const warnOfProxy = proxyWarning(keeper);
  router.get('/login', (req, res) => showLogin(keeper, req, res));
  if (keeper.signIn.isRequired) router.post('/login', warnOfProxy, (req, res) => signInByPassword(keeper, req, res));
  return router;
}

function showLogin(keeper: Keeper, req: Request, res: Response): void {
  const { signedIn } = req.session;
  const isIn = signedIn !== undefined && keeper.signIn.endingOf(signedIn) === null;
  const landing = landingOf(parameter(req, 'next'));
  if (!keeper.signIn.isRequired || isIn) return res.redirect(303, landing ?? '/');
  show(res, 'login', loginView(keeper, { because: parameter(req, 'because'), landing }));
}

async function signInByPassword(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const landing = landingOf(field(req, 'next'));
  try {
    const { signIn } = keeper;
    const signedIn = await signIn.byPassword(exactField(req, 'password'), req.ip ?? null, browserMarkOf(keeper, req));
    await beginSession(req, signedIn);
    res.redirect(303, landing ?? '/');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    res.status(error.status);
    if (error.retryAfter !== null) res.set('Retry-After', String(error.retryAfter));
    show(res, 'login', loginView(keeper, { problem: error.message, landing }));
  }
}

/** Behind an unknown proxy everybody seems to come from one IP address, and shares one count of wrong passwords. */
function proxyWarning({ config, log }: Keeper): RequestHandler {
  let warned = config.trustedProxies.length > 0;
  return (req, _res, next) => {
    if (!warned && req.headers['x-forwarded-for'] !== undefined) {
      warned = true;
      log.warn({ proxy: req.socket.remoteAddress }, 'a proxy is in front: name its address in TRUSTED_PROXIES');
    }
    next();
  };
}

export function logoutRoutes(keeper: Keeper): Router {
  const router = Router();
  if (keeper.signIn.isRequired) router.post('/logout', (req, res) => leave(keeper, req, res));
  return router;
}

async function leave(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const everywhere = field(req, 'everywhere') === 'yes';
  await signOut(keeper, personOf(req), everywhere);
  await endSession(req);
  res.set('Clear-Site-Data', '"cache", "storage"');
  res.redirect(303, `/login?because=${everywhere ? 'everywhere' : 'out'}`);
}
