import { type RequestHandler, Router } from 'express';
import type { Keeper } from '../keeper';
import { atMostEvery } from '../lib/rate-limit';
import { probeWrite } from '../store/probe';
import { iso } from '../lib/time';
import { onlyMethod, programErrors } from './errors';

/** The database is asked at most this often, however often a load balancer asks, in seconds. */
const probeEvery = 5;

/**
 * `GET /readyz`: whether this process can read and write its database. Tells strangers nothing more. Answers other methods
 * there and at `/healthz` as the API does.
 */
export function readiness({ store, now, log }: Keeper): Router {
  const router = Router();
  let probe: Promise<boolean> = Promise.resolve(false);
  const isDue = atMostEvery(probeEvery, now);
  router.get('/readyz', async (_req, res) => {
    if (isDue('probe')) probe = canWrite();
    const ready = await probe;
    res.status(ready ? 200 : 503).type('text/plain');
    res.send(ready ? 'ready' : 'not ready');
  });
  router.use(['/healthz', '/readyz'], otherMethods, programErrors(log));
  return router;

  async function canWrite(): Promise<boolean> {
    try {
      await probeWrite(store, iso(now()));
      return true;
    } catch (error) {
      log.error({ code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown' }, 'not ready');
      return false;
    }
  }
}

const refuse = onlyMethod('GET');
const otherMethods: RequestHandler = (req, res, next) =>
  req.method === 'GET' || req.method === 'HEAD' ? next() : refuse(req, res, next);
