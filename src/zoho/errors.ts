export type ErrorKind = 'wait' | 'retry' | 'reconnect' | 'fix_setup';

/** What the call was for: the same word of Zoho's means different things at connect and at refresh. */
export type Operation = 'connect' | 'refresh' | 'revoke' | 'account';

export interface Explanation {
  /** Stable name of this kind of failure, e.g. `invalid_code`, `throttled`, `timed_out`. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly sentence: string;
  readonly next: string;
}

/** Holds neither the request nor the answer: both carry secrets (and so there is no `cause`). */
export class ZohoError extends Error implements Explanation {
  override readonly name = 'ZohoError';
  readonly code: string;
  readonly kind: ErrorKind;
  readonly sentence: string;
  readonly next: string;
  /** How long Zoho wants to be left alone, in seconds; null when it did not say. */
  readonly retryAfter: number | null;
  /** True when the request cannot have reached Zoho, so that a one-time code is still good. */
  readonly nothingSent: boolean;

  constructor(explanation: Explanation, details: { retryAfter?: number | null; nothingSent?: boolean } = {}) {
    super(`${explanation.sentence} ${explanation.next}`);
    this.code = explanation.code;
    this.kind = explanation.kind;
    this.sentence = explanation.sentence;
    this.next = explanation.next;
    this.retryAfter = details.retryAfter ?? null;
    this.nothingSent = details.nothingSent ?? false;
  }
}
