import { type RequestHandler, Router } from 'express';
import type { Keeper } from '../keeper';
import { createReadiness } from '../maintenance/readiness';
import { onlyMethod, programErrors } from './errors';

/** `GET /readyz`. Other methods, there and at `/healthz`, are answered as the API does. */
export function readiness(keeper: Keeper): Router {
  const router = Router();
  const isReady = createReadiness(keeper);
  router.get('/readyz', async (_req, res) => {
    const ready = await isReady();
    res.status(ready ? 200 : 503).type('text/plain');
    res.send(ready ? 'ready' : 'not ready');
  });
  router.use(['/healthz', '/readyz'], otherMethods, programErrors(keeper.log));
  return router;
}

const refuse = onlyMethod('GET');
const otherMethods: RequestHandler = (req, res, next) =>
  req.method === 'GET' || req.method === 'HEAD' ? next() : refuse(req, res, next);
