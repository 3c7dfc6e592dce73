import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { problemFrom } from '../../errors';
import { describeError } from '../../lib/errors';
import type { Log } from '../../lib/log';
import { Problem } from '../../lib/problem';
import { show } from '../render';

export const nothingMatched: RequestHandler = () => {
  throw new Problem(404, 'not_found', 'There is no such page.', 'Go to the dashboard.');
};

/** The one place where an error becomes a page. Only sentences of our own are shown; the rest is logged by kind. */
export function errorPages(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const requestId = randomUUID();
    const problem = problemFrom(error);
    if (problem.status >= 500) log.error(describe(error, req, requestId), 'request failed');
    // Cut off, which tells that the answer is not whole. Express would print the error, with all that it holds.
    if (res.headersSent) return void res.destroy();
    res.status(problem.status);
    if (problem.retryAfter !== null) res.set('Retry-After', String(problem.retryAfter));
    render(res, problem, requestId);
  };
}

function render(res: Response, problem: Problem, requestId: string): void {
  show(res, 'error', {
    status: problem.status,
    title: titles[problem.status] ?? (problem.status < 500 ? 'That did not work' : 'Something went wrong'),
    sentence: problem.sentence,
    next: problem.status === 401 ? { href: '/login', label: 'Sign in' } : { href: '/', label: 'Back to the dashboard' },
    hint: problem.next,
    requestId,
  });
}

const titles: Readonly<Record<number, string>> = {
  401: 'Signed out',
  403: 'Not allowed',
  404: 'Not found',
  421: 'Wrong address',
};

function describe(error: unknown, req: Request, requestId: string): Record<string, unknown> {
  return { requestId, method: req.method, route: req.path, ...describeError(error) };
}
