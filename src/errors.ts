import { Problem } from './lib/problem';
import { type StorageFault, storageFault } from './store/errors';
import { type ErrorKind, ZohoError } from './zoho/errors';

export { StorageError } from './store/errors';

/** Any error as something that may be shown: only sentences of our own. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ZohoError) return new Problem(502, error.code, error.sentence, error.next);
  const fault = storageFault(error);
  if (fault) return new Problem(503, 'storage_unavailable', ...storageWords[fault], storageRetryAfter);
  const status = statusOf(error);
  if (status === 400 && error instanceof Error && error.name === 'URIError') {
    const sentence = 'The address has a percent sign that is not followed by the bytes of UTF-8.';
    return new Problem(400, 'invalid_request', sentence, 'Write ü as %C3%BC, and the sign itself as %25.');
  }
  if (status < 500) {
    return new Problem(status, 'invalid_request', 'The request could not be read.', 'Go back and try again.');
  }
  const sentence = 'The Keeper could not do that because of an internal error.';
  return new Problem(500, 'internal_error', sentence, 'Try again; the log has more under the number of this request.');
}

export function problemOf(error: ZohoError, retryAfter: number | null = error.retryAfter): Problem {
  const { status, code } = byKind[error.kind];
  return new Problem(status, code, error.sentence, error.next, retryAfter);
}

export function notFound(name: string): Problem {
  return new Problem(404, 'not_found', `There is no connection called “${name}”.`, 'Check the name on the dashboard.');
}

const byKind: Readonly<Record<ErrorKind, { status: number; code: string }>> = {
  wait: { status: 429, code: 'throttled' },
  retry: { status: 503, code: 'zoho_unavailable' },
  reconnect: { status: 409, code: 'needs_reconnect' },
  fix_setup: { status: 502, code: 'setup_problem' },
};

/** Nothing is half stored by a query that failed. */
const storageWords: Readonly<Record<StorageFault, readonly [sentence: string, next: string]>> = {
  full: ['The Keeper’s disk is full, so nothing new can be stored.', 'Free some space; the Keeper goes on by itself.'],
  read_only: [
    'The Keeper’s database cannot be written at the moment.',
    'Make it writable; the Keeper goes on by itself.',
  ],
  busy: ['The Keeper’s database is in use by another program.', 'Try again in a moment.'],
  unreachable: [
    'The Keeper’s database cannot be reached.',
    'Try again in a moment; if it lasts, look at the database server.',
  ],
  exhausted: [
    'This computer has no open file or network port left for the Keeper.',
    'Raise the limit (ulimit -n, or LimitNOFILE= in systemd), or close what holds them.',
  ],
  damaged: ['The Keeper’s database is damaged.', 'Stop the Keeper and restore the database from a backup.'],
  failing: [
    'The Keeper’s disk does not work as it should.',
    'Look at the disk; the Keeper goes on by itself if it recovers.',
  ],
};

const storageRetryAfter = 5;

/** Errors of Express and its parsers carry a status. */
function statusOf(error: unknown): number {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
