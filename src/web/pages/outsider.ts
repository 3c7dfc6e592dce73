import { type ErrorRequestHandler, Router, type Request, type RequestHandler, type Response } from 'express';
import { complete } from '../../connections/connect';
import { closedLink, connectByLink, linkOfState, openLink, outsider } from '../../connections/links';
import { problemFrom } from '../../errors';
import type { Keeper } from '../../keeper';
import { describeError } from '../../lib/errors';
import { Problem } from '../../lib/problem';
import { keepSession } from '../middleware/session';
import { leadTo, show } from '../render';
import { closedView, outsiderView } from '../views/outsider';
import { answerOf } from './connect';

type WithToken = Request<{ token: string }>;

/** Public, so it stands before requireSignIn: what somebody needs who came by a link, and nothing else. */
export function outsiderRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/links/:token', unlisted, (req, res) => showLink(keeper, req, res));
  router.post('/links/:token/connect', unlisted, (req, res) => connect(keeper, req, res));
  router.get('/oauth/callback', async (req, res, next) => {
    if (!(await completeByLink(keeper, req, res))) next();
  });
  router.use('/links', outsiderErrors(keeper));
  router.use('/oauth/callback', outsiderErrors(keeper));
  return router;
}

const unlisted: RequestHandler<{ token: string }> = (_req, res, next) => {
  res.set('X-Robots-Tag', 'noindex, nofollow');
  next();
};

async function showLink(keeper: Keeper, req: WithToken, res: Response): Promise<void> {
  const token = tokenOf(req);
  const opened = token === null ? null : await openLink(keeper, token, req.sessionID);
  if (token === null || opened === null) throw closedLink();
  show(res, 'outsider', outsiderView(keeper, token, opened));
}

async function connect(keeper: Keeper, req: WithToken, res: Response): Promise<void> {
  const token = tokenOf(req);
  if (token === null) throw closedLink();
  const { link, url } = await connectByLink(keeper, token, req.sessionID, req.ip ?? null);
  keepSession(req);
  rememberLink(req, link.id, token);
  leadTo(res, url);
}

/** False for what was not begun by a link, which is somebody's who has to sign in. */
async function completeByLink(keeper: Keeper, req: Request, res: Response): Promise<boolean> {
  const { state } = req.query;
  const found = typeof state === 'string' ? await linkOfState(keeper, state, req.sessionID, req.ip ?? null) : null;
  if (found === null) return false;
  res.set('Referrer-Policy', 'no-referrer');
  if (!found.isOwn) {
    const sentence = 'You set out for Zoho in another browser, or too long ago, so nothing was connected.';
    throw new Problem(403, 'foreign_state', sentence, 'Open the link that you were sent again, in this browser.');
  }
  await complete(keeper, answerOf(req), req.sessionID, outsider(found.link, req.ip ?? null));
  // What came of it is told there, also after a reload.
  const token = req.session.links?.find(([id]) => id === found.link.id)?.[1];
  res.redirect(303, `/links/${token ?? 'done'}`);
  return true;
}

/** Errors as pages of an outsider: without a way to the dashboard. */
function outsiderErrors(keeper: Keeper): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const problem = problemFrom(error);
    if (problem.status >= 500) {
      keeper.log.error({ method: req.method, route: 'links', ...describeError(error) }, 'request failed');
    }
    if (res.headersSent) return void res.destroy();
    res.status(problem.status).set('Referrer-Policy', 'no-referrer');
    show(res, 'outsider', closedView(keeper, problem));
  };
}

function tokenOf({ params: { token } }: WithToken): string | null {
  return /^[\w-]{43}$/.test(token) ? token : null;
}

/** More than anybody opens within a session; the rest only loses the way back to its page. */
const mostLinks = 5;

function rememberLink(req: Request, id: string, token: string): void {
  const others = (req.session.links ?? []).filter(([known]) => known !== id);
  req.session.links = [...others.slice(1 - mostLinks), [id, token]];
}
