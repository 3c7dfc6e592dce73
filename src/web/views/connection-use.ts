import type { FormerName } from '../../connections/edit';
import type { Taker } from '../../tokens/token-uses';
import { moment, type Moment } from '../words';

export interface TakerView {
  /** Of the API key; null for people. */
  name: string | null;
  /** "41 tokens" */
  count: string;
  last: Moment;
}

export function takersView(takers: readonly Taker[], now: Date): TakerView[] {
  return takers.map((taker) => ({
    name: taker.apiKeyId === '' ? null : nameOf(taker),
    count: tokens(taker.count),
    last: moment(taker.lastAt, now),
  }));
}

export interface RenamedView {
  from: string;
  at: Moment;
  /** API keys that took tokens before, and none since. */
  keys: string[];
}

/** Null when no program is left to be told. */
export function renamedView([last]: readonly FormerName[], takers: readonly Taker[], now: Date): RenamedView | null {
  const keys = last ? keysOf(takers.filter(({ lastAt }) => lastAt <= last.until)) : [];
  return last && keys.length > 0 ? { from: last.name, at: moment(last.until, now), keys } : null;
}

/** What breaks when the connection goes: "nightly and web shop". Null when no program took its tokens lately. */
export interface EndingView {
  keys: string[];
}

export function endingView(takers: readonly Taker[]): EndingView {
  return { keys: keysOf(takers) };
}

function keysOf(takers: readonly Taker[]): string[] {
  return takers.filter(({ apiKeyId }) => apiKeyId !== '').map(nameOf);
}

function nameOf({ keyName, apiKeyId }: Taker): string {
  return keyName ?? apiKeyId;
}

function tokens(count: number): string {
  return count === 1 ? '1 token' : `${count.toLocaleString('en')} tokens`;
}
