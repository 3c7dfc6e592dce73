import { Router, type Request, type Response } from 'express';
import { usableClient } from '../../connections/clients';
import { listConnections } from '../../connections/connections';
import { dismissFlow } from '../../connections/flows';
import type { Keeper } from '../../keeper';
import { idOf } from '../input';
import { show } from '../render';
import { dashboardView } from '../views/dashboard';

export function dashboardRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/', (_req, res) => showDashboard(keeper, res));
  router.post('/flows/:id/dismiss', (req, res) => dismiss(keeper, req, res));
  return router;
}

async function showDashboard(keeper: Keeper, res: Response): Promise<void> {
  // A newcomer has nothing to see here before there is a client.
  const isNew = (await usableClient(keeper)) === null && (await listConnections(keeper.store)).length === 0;
  if (isNew) return res.redirect(303, '/setup');
  show(res, 'dashboard', await dashboardView(keeper));
}

async function dismiss(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  await dismissFlow(keeper, idOf(req));
  res.redirect(303, '/');
}
