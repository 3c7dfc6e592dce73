import type { RequestHandler } from 'express';
import { countBroken } from '../../alerts/watch';
import type { Keeper } from '../../keeper';

/** Title and icon of every page say how many connections are broken. */
export function brokenInTitle({ store }: Keeper): RequestHandler {
  return async (_req, res, next) => {
    res.locals['broken'] = await countBroken(store);
    next();
  };
}
