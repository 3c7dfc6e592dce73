import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Log } from '../log';
import { Problem } from '../problem';
import { ZohoError } from '../zoho/errors';
import { show } from './pages';

export const nothingMatched: RequestHandler = () => {
  throw new Problem(404, 'not_found', 'There is no such page.', 'Go to the dashboard.');
};

/** The one place where an error becomes a page. Only sentences of our own are shown; the rest is logged by kind. */
export function errorPages(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const requestId = randomUUID();
    const problem = problemFrom(error);
    if (problem.status >= 500) log.error(describe(error, req, requestId), 'request failed');
    if (res.headersSent) return next(error);
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
    next: { href: '/', label: 'Back to the dashboard' },
    hint: problem.next,
    requestId,
  });
}

const titles: Readonly<Record<number, string>> = { 403: 'Not allowed', 404: 'Not found', 421: 'Wrong address' };

export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ZohoError) return new Problem(502, error.code, error.sentence, error.next);
  const status = statusOf(error);
  if (status < 500)
    return new Problem(status, 'invalid_request', 'The request could not be read.', 'Go back and try again.');
  const sentence = 'The Keeper could not do that because of a fault of its own.';
  return new Problem(500, 'internal_error', sentence, 'Try again; the log has more under the number below.');
}

/** Errors of Express and its parsers carry a status. */
function statusOf(error: unknown): number {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

/** Errors of libraries may hold values; their name and stack frames do not. */
function describe(error: unknown, req: Request, requestId: string): Record<string, unknown> {
  const frames = error instanceof Error ? error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) : undefined;
  return {
    requestId,
    method: req.method,
    route: req.path,
    error: error instanceof Error ? error.name : typeof error,
    code: error instanceof Error && 'code' in error ? String(error.code) : undefined,
    stack: frames?.slice(0, 8).join('\n'),
  };
}
