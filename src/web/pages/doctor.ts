import { type Request, Router } from 'express';
import type { Keeper } from '../../keeper';
import { ipIn } from '../../lib/addresses';
import type { Seen } from '../../maintenance/doctor-network';
import { show } from '../render';
import { doctorView } from '../views/doctor';

export function doctorRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/doctor', async (req, res) => {
    show(res, 'doctor', await doctorView(keeper, seenIn(req)));
  });
  return router;
}

function seenIn(req: Request): Seen {
  const peer = ipIn(req.socket.remoteAddress ?? '') ?? '';
  const trusts: unknown = req.app.get('trust proxy fn');
  const isTrusted = typeof trusts === 'function' && trusts(peer, 0) === true;
  return { peer, ip: req.ip ?? peer, isTrusted, headers: req.headers };
}
