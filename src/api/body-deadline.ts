import type { Request, RequestHandler } from 'express';
import { hasBody } from './input';

const deadlines = new WeakMap<Request, NodeJS.Timeout>();

/** Ends requests whose body takes more than so many seconds, so that nobody holds connections by sending slowly. */
export function bodyDeadline(seconds: number): RequestHandler {
  return (req, _res, next) => {
    if (!hasBody(req)) return next();
    const end = (): void => void (req.complete || req.destroy());
    const timer = setTimeout(end, seconds * 1000);
    deadlines.set(req, timer);
    req.once('close', () => clearTimeout(timer));
    next();
  };
}

/** For large bodies of a caller who is authenticated: only the server's own limit is left. */
export function takeYourTime(req: Request): void {
  clearTimeout(deadlines.get(req));
}
