import { Router, type Request, type Response } from 'express';
import { endOtherSessions, endSessionOf } from '../../auth/session-list';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { idOf, personOf } from '../input';
import { flash } from '../flash';
import { show } from '../render';
import { sessionsView } from '../views/sessions';

export function sessionRoutes(keeper: Keeper): Router {
  const router = Router();
  if (!keeper.signIn.isRequired) return router;
  router.get('/sessions', async (req, res) => show(res, 'sessions', await sessionsView(keeper, req.sessionID)));
  router.post('/sessions/end-others', (req, res) => endOthers(keeper, req, res));
  router.post('/sessions/:id/end', (req, res) => end(keeper, req, res));
  return router;
}

async function end(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  try {
    await endSessionOf(keeper, keeper.signIn, idOf(req), personOf(req));
    flash(res, { tone: 'good', sentence: 'That browser is signed out.' });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    flash(res, { tone: 'wait', sentence: error.sentence });
  }
  res.redirect(303, '/sessions');
}

async function endOthers(keeper: Keeper, req: Request, res: Response): Promise<void> {
  await endOtherSessions(keeper, keeper.signIn, req.sessionID, personOf(req));
  flash(res, { tone: 'good', sentence: 'All other browsers are signed out.' });
  res.redirect(303, '/sessions');
}
