/** What a person or a program is told: what happened, and the next step. Never holds a secret. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Stable, for programs: `not_found`, `needs_reconnect`, `throttled`, `zoho_unavailable`, `invalid_request` … */
  readonly code: string;
  readonly sentence: string;
  readonly next: string;
  /** Seconds; null when waiting does not help. */
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
