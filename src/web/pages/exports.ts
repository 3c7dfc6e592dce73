import { Router, type Request, type Response } from 'express';
import { exportConnection } from '../../exports/exports';
import type { Keeper } from '../../keeper';
import { field, nameOf, personOf } from '../input';

/** The ways out of a connection's page: answers the file that was asked for. */
export function exportRoutes(keeper: Keeper): Router {
  const router = Router();
  router.post('/connections/:name/export', (req, res) => download(keeper, req, res));
  return router;
}

async function download(keeper: Keeper, req: Request<{ name: string }>, res: Response): Promise<void> {
  const wanted = { name: nameOf(req), format: field(req, 'format') };
  const { format, text } = await exportConnection(keeper, keeper.tokens, wanted, personOf(req));
  res.attachment(format.fileName).type('text/plain').send(text);
}
