import { Router, type Request, type Response } from 'express';
import { usableClient } from '../../connections/clients';
import { hasConnections } from '../../connections/list';
import { dismissFlow, unansweredFlow } from '../../connections/flows';
import type { Keeper } from '../../keeper';
import { idOf } from '../input';
import { askedList } from '../list-query';
import { sessionOf } from '../middleware/session';
import { show } from '../render';
import { dashboardView } from '../views/dashboard';
import { unansweredView } from '../views/unanswered';

export function dashboardRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/', (req, res) => showDashboard(keeper, req, res));
  router.get('/flows/:id', (req, res) => showUnanswered(keeper, req, res));
  router.post('/flows/:id/dismiss', (req, res) => dismiss(keeper, req, res));
  return router;
}

async function showDashboard(keeper: Keeper, req: Request, res: Response): Promise<void> {
  // A newcomer has nothing to see here before there is a client.
  const isNew = (await usableClient(keeper)) === null && !(await hasConnections(keeper.store));
  if (isNew) return res.redirect(303, '/setup');
  show(res, 'dashboard', await dashboardView(keeper, sessionOf(req), askedList(req)));
}

/** Zoho's error pages lead nowhere, so whoever met one is asked what it said. */
async function showUnanswered(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  const flow = await unansweredFlow(keeper, idOf(req), sessionOf(req));
  show(res, 'unanswered', await unansweredView(keeper, flow));
}

async function dismiss(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  await dismissFlow(keeper, idOf(req));
  res.redirect(303, '/');
}
