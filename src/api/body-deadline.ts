import type { Request, RequestHandler } from 'express';

const deadlines = new WeakMap<Request, NodeJS.Timeout>();

/**
 * Ends requests whose body is not there after so many seconds: forms are small, and who sends one byte at a time wants
 * to hold connections. A handler that expects large bodies of somebody it knows lifts this by `takeYourTime`.
 */
export function bodyDeadline(seconds: number): RequestHandler {
  return (req, _res, next) => {
    const end = (): void => void (req.complete || req.destroy());
    const timer = setTimeout(end, seconds * 1000);
    deadlines.set(req, timer);
    req.once('close', () => clearTimeout(timer));
    next();
  };
}

/** Leaves only the server's own limit to this request. */
export function takeYourTime(req: Request): void {
  clearTimeout(deadlines.get(req));
}
