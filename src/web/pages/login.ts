import { Router, type Request, type Response } from 'express';
import type { AuthConfig } from '../../config/auth';
import { signOut } from '../../auth/sign-in';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { field, parameter, personOf } from '../input';
import { type LoginView, show } from '../render';
import { beginSession, endSession } from '../middleware/session';

/** The way in. Public, so it stands before the door. */
export function loginRoutes({ signIn, oidc, config, log }: Keeper): Router {
  const router = Router();
  let warned = false;
  router.get('/login', showLogin);
  if (signIn.isRequired) router.post('/login', signInByPassword);
  return router;

  function showLogin(req: Request, res: Response): void {
    const { signedIn } = req.session;
    const isIn = signedIn !== undefined && signIn.endingOf(signedIn) === null;
    if (!signIn.isRequired || isIn) return res.redirect(303, '/');
    render(res, { notice: noticeOf(parameter(req, 'because') ?? '', config) });
  }

  async function signInByPassword(req: Request, res: Response): Promise<void> {
    warnOfProxy(req);
    try {
      await beginSession(req, await signIn.byPassword(field(req, 'password'), req.ip ?? null));
      res.redirect(303, '/');
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      res.status(error.status);
      if (error.retryAfter !== null) res.set('Retry-After', String(error.retryAfter));
      render(res, { problem: error.message });
    }
  }

  function render(res: Response, model: Partial<LoginView>): void {
    const provider = oidc?.host ?? null;
    show(res, 'login', { withPassword: signIn.withPassword, provider, notice: null, problem: null, ...model });
  }

  /** Behind an unknown proxy everybody seems to come from one address, and shares one count of wrong passwords. */
  function warnOfProxy(req: Request): void {
    if (warned || config.trustedProxies.length > 0 || req.headers['x-forwarded-for'] === undefined) return;
    warned = true;
    log.warn({ proxy: req.socket.remoteAddress }, 'a proxy is in front: name its address in TRUSTED_PROXIES');
  }
}

/** The way out, for one session or all. */
export function logoutRoutes(keeper: Keeper): Router {
  const router = Router();
  if (keeper.signIn.isRequired) router.post('/logout', leave);
  return router;

  async function leave(req: Request, res: Response): Promise<void> {
    const everywhere = field(req, 'everywhere') === 'yes';
    await signOut(keeper, personOf(req), everywhere);
    await endSession(req);
    res.set('Clear-Site-Data', '"cache", "storage"');
    res.redirect(303, `/login?because=${everywhere ? 'everywhere' : 'out'}`);
  }
}

type Notice = NonNullable<LoginView['notice']>;

/** Why somebody stands at the door, by the word in the address: pages elsewhere cannot put words of theirs there. */
function noticeOf(because: string, { sessionIdleMinutes }: AuthConfig): Notice | null {
  if (because !== 'idle') return notices.get(because) ?? null;
  return { tone: 'off', sentence: `You were signed out after ${sessionIdleMinutes} minutes of inactivity.` };
}

const notices: ReadonlyMap<string, Notice> = new Map<string, Notice>([
  ['out', { tone: 'good', sentence: 'You are signed out.' }],
  ['everywhere', { tone: 'good', sentence: 'Everybody is signed out, in all browsers.' }],
  ['over', { tone: 'off', sentence: 'You were signed out 12 hours after signing in.' }],
  ['changed', { tone: 'off', sentence: 'You were signed out because the way to sign in here has changed.' }],
  [
    'callback',
    {
      tone: 'wait',
      sentence: 'You came back from Zoho after your session here had ended, so nothing was connected.',
      next: 'Sign in and press Connect Zoho again.',
    },
  ],
  ['declined', { tone: 'wait', sentence: 'The sign-in was cancelled at the provider.' }],
  [
    'foreign',
    {
      tone: 'bad',
      sentence: 'This sign-in was begun in another browser, or took longer than ten minutes.',
      next: 'Start again here.',
    },
  ],
  [
    'not_allowed',
    {
      tone: 'bad',
      sentence: 'The provider knows you, but your address may not sign in here.',
      next: 'Ask whoever runs the Keeper to add it to OIDC_ALLOWED_EMAILS.',
    },
  ],
  [
    'unverified',
    {
      tone: 'bad',
      sentence: 'The provider has not verified your e-mail address.',
      next: 'Verify it there, then sign in again.',
    },
  ],
  [
    'provider_unreachable',
    { tone: 'bad', sentence: 'The provider could not be reached.', next: 'Try again; the log has the reason.' },
  ],
  [
    'provider_refused',
    {
      tone: 'bad',
      sentence: 'The provider refused the sign-in.',
      next: 'Check OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and the registered callback address; the log has the reason.',
    },
  ],
]);
