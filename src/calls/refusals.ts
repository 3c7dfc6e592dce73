import { addSeconds, type Clock } from '../lib/time';
import type { Refused } from '../zoho/token-verdict';

/** A product's answer that the token is dead, or may be. */
export interface Refusal {
  readonly connectionId: string;
  readonly product: string;
  readonly verdict: Refused;
  readonly token: string;
}

interface Remembered extends Pick<Refusal, 'product' | 'verdict'> {
  /** The newest one that such refusals fetched. */
  token: string;
  readonly until: Date;
}

const memorySeconds = 1800;
/** Answers that can also mean something else cost a connection at most so many refreshes within that time. */
const mostGuesses = 3;

/** Remembers, per product, that a fresh token did not help, and stops refreshing for it for 30 minutes. */
export type Refusals = ReturnType<typeof createRefusals>;

export function createRefusals(now: Clock) {
  const byConnection = new Map<string, Map<string, Remembered>>();
  return { shouldRefresh, remember, clear };

  function shouldRefresh({ connectionId, product, verdict, token }: Refusal): boolean {
    const all = current(connectionId);
    if (verdict === 'dead') return all.get(`${product} dead`)?.token !== token;
    const guesses = [...all.values()].filter((one) => one.verdict !== 'dead').length;
    return !all.has(`${product} ${verdict}`) && guesses < mostGuesses;
  }

  function remember(refusal: Refusal, fetched: string): void {
    const { connectionId, product, verdict, token } = refusal;
    const all = current(connectionId);
    // A "dead" counts once per token and not for those fetched here: two wrong products must not drive each other.
    for (const one of all.values()) if (one.token === token) one.token = fetched;
    all.set(`${product} ${verdict}`, { product, verdict, token: fetched, until: addSeconds(now(), memorySeconds) });
    byConnection.set(connectionId, all);
  }

  function clear({ connectionId, product, verdict }: Refusal): void {
    current(connectionId).delete(`${product} ${verdict}`);
  }

  function current(connectionId: string): Map<string, Remembered> {
    const all = byConnection.get(connectionId) ?? new Map<string, Remembered>();
    const latest = addSeconds(now(), memorySeconds);
    // One that ends later was noted before the clock was put back.
    for (const [key, { until }] of all) if (until <= now() || until > latest) all.delete(key);
    return all;
  }
}
