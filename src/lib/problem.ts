import type { Remedy, ZohoError } from '../zoho/errors';

/** Something that a person or a program has to hear about: what happened, and the next step. Never holds a secret. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** HTTP status where it becomes an answer. */
  readonly status: number;
  /** Stable, for programs: `not_found`, `needs_reconnect`, `throttled`, `zoho_unavailable`, `invalid_request` … */
  readonly code: string;
  readonly sentence: string;
  readonly next: string;
  /** Seconds after which another try makes sense; null when waiting does not help. */
  readonly retryAfter: number | null;

  constructor(status: number, code: string, sentence: string, next: string, retryAfter: number | null = null) {
    super(`${sentence} ${next}`);
    this.status = status;
    this.code = code;
    this.sentence = sentence;
    this.next = next;
    this.retryAfter = retryAfter;
  }
}

const byRemedy: Readonly<Record<Remedy, { status: number; code: string }>> = {
  wait: { status: 429, code: 'throttled' },
  retry: { status: 503, code: 'zoho_unavailable' },
  reconnect: { status: 409, code: 'needs_reconnect' },
  fix_setup: { status: 502, code: 'setup_problem' },
};

/** What Zoho's failure means to whoever asked us. */
export function problemOf(error: ZohoError, retryAfter: number | null = error.retryAfter): Problem {
  const { status, code } = byRemedy[error.remedy];
  return new Problem(status, code, error.sentence, error.next, retryAfter);
}

export function notFound(name: string): Problem {
  return new Problem(404, 'not_found', `There is no connection called “${name}”.`, 'Check the name on the dashboard.');
}
