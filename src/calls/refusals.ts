import { type Clock, later } from '../lib/time';
import type { Refused } from '../zoho/token-verdict';

/** A product's answer that the token is dead, or may be. */
export interface Refusal {
  readonly connectionId: string;
  readonly product: string;
  readonly verdict: Refused;
  /** The access token that was refused. */
  readonly token: string;
}

interface Try extends Pick<Refusal, 'product' | 'verdict'> {
  /** The newest token that came of it. */
  token: string;
  readonly until: Date;
}

/** So long it is remembered that a new token did not help, in seconds. */
const memory = 1800;
/** Words that can also mean something else cost a connection at most so many refreshes within that time. */
const mostGuesses = 3;

export type Futile = ReturnType<typeof createFutile>;

/**
 * Remembers which products refuse new tokens as well, so that their refusals do not use up the budget. What one product
 * says never speaks for another. A product that says plainly that a token is dead is believed once for each token, not
 * for those that were fetched because of itself and of others after it: two that are wrong must not drive each other.
 */
export function createFutile(now: Clock) {
  const tries = new Map<string, Map<string, Try>>();
  return { isFutile, begin, helped };

  function isFutile({ connectionId, product, verdict, token }: Refusal): boolean {
    const all = living(connectionId);
    if (verdict === 'dead') return all.get(`${product} dead`)?.token === token;
    const guesses = [...all.values()].filter((one) => one.verdict !== 'dead').length;
    return all.has(`${product} ${verdict}`) || guesses >= mostGuesses;
  }

  /** Notes that a token was fetched because of this refusal. It counts as futile until it is known to have helped. */
  function begin(refusal: Refusal, fetched: string): void {
    const { connectionId, product, verdict, token } = refusal;
    const all = living(connectionId);
    for (const one of all.values()) if (one.token === token) one.token = fetched;
    all.set(`${product} ${verdict}`, { product, verdict, token: fetched, until: later(now(), memory) });
    tries.set(connectionId, all);
  }

  function helped({ connectionId, product, verdict }: Refusal): void {
    living(connectionId).delete(`${product} ${verdict}`);
  }

  function living(connectionId: string): Map<string, Try> {
    const all = tries.get(connectionId) ?? new Map<string, Try>();
    for (const [key, { until }] of all) if (until <= now()) all.delete(key);
    return all;
  }
}
