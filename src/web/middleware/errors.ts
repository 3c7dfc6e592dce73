import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { problemFrom } from '../../errors';
import { describeError } from '../../lib/errors';
import type { Log } from '../../lib/log';
import { Problem } from '../../lib/problem';
import { show } from '../render';
import { errorView } from '../views/error';

export const nothingMatched: RequestHandler = () => {
  throw new Problem(
    404,
    'not_found',
    'There is no such page.',
    'It may have been deleted, or the address is not whole.',
  );
};

/** The one place where an error becomes a page. Only our own sentences are shown; the rest is logged by kind. */
export function errorPages(log: Log, baseUrl: string): ErrorRequestHandler {
  const { host } = new URL(baseUrl);
  return (error: unknown, req, res, _next) => {
    const requestId = randomUUID();
    const problem = problemFrom(error);
    if (problem.status >= 500) {
      log.error({ requestId, method: req.method, route: req.path, ...describeError(error) }, 'request failed');
    }
    // Cut off, as the answer is not whole. Express would print the error, with all that it holds.
    if (res.headersSent) return void res.destroy();
    res.status(problem.status);
    if (problem.retryAfter !== null) res.set('Retry-After', String(problem.retryAfter));
    show(res, 'error', errorView(problem, requestId, host));
  };
}
