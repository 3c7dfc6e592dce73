import { Problem } from './lib/problem';
import { storageProblem } from './lib/storage-problem';
import { ZohoError } from './zoho/errors';

/** Any error as something that may be shown: only sentences of our own. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ZohoError) return new Problem(502, error.code, error.sentence, error.next);
  const storage = storageProblem(error);
  if (storage) return storage;
  const status = statusOf(error);
  if (status < 500)
    return new Problem(status, 'invalid_request', 'The request could not be read.', 'Go back and try again.');
  const sentence = 'The Keeper could not do that because of a fault of its own.';
  return new Problem(500, 'internal_error', sentence, 'Try again; the log has more under the number of this request.');
}

/** Errors of Express and its parsers carry a status. */
function statusOf(error: unknown): number {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

/** What may be logged of an error: those of libraries may hold values; their name and stack frames do not. */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  const frames = error instanceof Error ? error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) : undefined;
  return {
    error: error instanceof Error ? error.name : typeof error,
    code: error instanceof Error && 'code' in error ? String(error.code) : undefined,
    stack: frames?.slice(0, 8).join('\n'),
  };
}
