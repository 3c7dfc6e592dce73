import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { problemFrom } from '../errors';
import { describeError } from '../lib/errors';
import type { Log } from '../lib/log';
import { Problem } from '../lib/problem';
import { TokenProblem } from '../tokens/serve';

const titles: Readonly<Record<string, string>> = {
  unauthorized: 'A valid API key is needed',
  forbidden: 'The API key does not allow that',
  not_found: 'Not found',
  method_not_allowed: 'Another method is needed',
  invalid_request: 'The request cannot be used',
  needs_reconnect: 'The connection has to be reconnected',
  throttled: 'Zoho’s limit is reached',
  zoho_unavailable: 'Zoho could not be asked',
  storage_unavailable: 'The database cannot be used',
  setup_problem: 'The setup has to be corrected',
  too_many_calls: 'Too many calls at a time',
  too_many_failures: 'Too many failed attempts',
};

/** The one place where an error becomes an answer to a program. Repeats nothing that was sent. */
export function programErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const requestId = randomUUID();
    const problem = problemFrom(error);
    if (problem.status >= 500) {
      log.error({ requestId, method: req.method, route: req.path, ...describeError(error) }, 'request failed');
    }
    if (res.headersSent) return next(error);
    setHeaders(req, res, problem);
    res.status(problem.status).type('application/problem+json');
    res.send(JSON.stringify({ ...bodyOf(problem), request_id: requestId }));
  };
}

function setHeaders(req: Request, res: Response, problem: Problem): void {
  if (problem.retryAfter !== null) res.set('Retry-After', String(problem.retryAfter));
  if (problem.status !== 401) return;
  const isSent = req.headers.authorization !== undefined || req.headers['x-api-key'] !== undefined;
  const why = isSent ? ', error="invalid_token"' : '';
  res.set('WWW-Authenticate', `Bearer realm="Zoho Token Keeper"${why}`);
}

function bodyOf(problem: Problem): Record<string, unknown> {
  const { status, code } = problem;
  return {
    type: `urn:zoho-token-keeper:problem:${code}`,
    title: titles[code] ?? 'That did not work',
    status,
    code,
    detail: code === 'not_found' && !(problem instanceof NoSuchAddress) ? hidden : problem.message,
    ...(problem.retryAfter !== null && { retry_after: problem.retryAfter }),
    ...(problem instanceof TokenProblem && { expires_in: problem.expiresIn }),
  };
}

// The same words whether a connection is absent or the key may not see it.
const hidden =
  'There is no such connection, or this API key cannot access it. ' +
  'Check the name of the connection and which connections the key is for.';

/** A 404 that tells nothing about connections, so that its own words can be shown. */
export class NoSuchAddress extends Problem {
  constructor(sentence: string, next: string) {
    super(404, 'not_found', sentence, next);
  }
}

export const nothingMatched: RequestHandler = () => {
  throw new NoSuchAddress('There is no such call.', 'All of them are in /api/v1/openapi.json.');
};

/** Answers every other method on a path that exists. */
export function onlyMethod(method: string): RequestHandler {
  const allowed = method === 'GET' ? 'GET, HEAD' : method;
  return (_req, res) => {
    res.set('Allow', allowed);
    throw new Problem(405, 'method_not_allowed', `This address takes ${allowed} only.`, 'See /api/v1/openapi.json.');
  };
}
