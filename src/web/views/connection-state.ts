import { addSeconds, iso } from '../../lib/time';
import type { ConnectionRow } from '../../store/schema';
import { moment, type Moment, type Tone } from '../words';

/** What people are told of a connection; the list sorts and counts by the same rules (store/connection-parts). */
export type State = 'active' | 'renewing' | 'waiting' | 'broken' | 'disconnected';

export interface StateView {
  state: State;
  words: string;
  tone: Tone;
}

type Seen = Pick<
  ConnectionRow,
  | 'status'
  | 'error_code'
  | 'access_token_expires_at'
  | 'access_token_life'
  | 'throttled_until'
  | 'retry_at'
  | 'lease_until'
  | 'used_at'
>;

/** For so long after the last use tokens are replaced before they end (tokens/schedule), in seconds. */
const inUseSeconds = 24 * 3600;

const states: Readonly<Record<State, StateView>> = {
  active: { state: 'active', words: 'Active', tone: 'good' },
  renewing: { state: 'renewing', words: 'Renewing', tone: 'good' },
  waiting: { state: 'waiting', words: 'Waiting', tone: 'wait' },
  broken: { state: 'broken', words: 'Broken', tone: 'bad' },
  disconnected: { state: 'disconnected', words: 'Disconnected', tone: 'off' },
};

export function stateOf(row: Seen, now: Date): StateView {
  return states[nameOf(row, now)];
}

function nameOf(row: Seen, now: Date): State {
  if (row.status === 'revoked') return 'disconnected';
  if (row.status === 'needs_reconnect') return 'broken';
  const hasToken = isLater(row.access_token_expires_at, now);
  if (row.error_code !== null) return hasToken || isLater(row.throttled_until, now) ? 'waiting' : 'broken';
  return !hasToken && isOnItsWay(row, now) ? 'renewing' : 'active';
}

/** Somebody is refreshing it, or soon will. */
function isOnItsWay(row: Seen, now: Date): boolean {
  return isLater(row.lease_until, now) || isLater(row.used_at, addSeconds(now, -inUseSeconds));
}

function isLater(time: string | null, than: Date): boolean {
  return time !== null && time > iso(than);
}

/** What is left of the access token, as a ring and in words. */
export interface LifeView {
  /** 0 to 1. */
  share: number;
  tone: Tone;
  /** Beside the ring; a countdown stands there while the token lives. */
  words: string;
  /** What the ring shows, for who does not see it. */
  said: string;
  /** Null when there is no living token. */
  ends: Moment | null;
}

export function lifeOf(row: Seen, now: Date): LifeView {
  const { access_token_expires_at: end, access_token_life: life } = row;
  if (end !== null && isLater(end, now)) {
    const left = (Date.parse(end) - now.getTime()) / 1000;
    const words = shortly(left);
    return {
      share: Math.min(1, left / Math.max(life, 1)),
      tone: stateOf(row, now).tone,
      words,
      said: `Access token valid for ${words}`,
      ends: moment(end, now),
    };
  }
  const words = withoutToken(row, now);
  return { share: 0, tone: 'off', words, said: `No valid access token: ${words}`, ends: null };
}

function withoutToken(row: Seen, now: Date): string {
  const { state } = stateOf(row, now);
  if (state === 'renewing') return 'renewing';
  if (state === 'active') return 'renewed when needed';
  const next = [row.retry_at, row.throttled_until].flatMap((time) =>
    time !== null && isLater(time, now) ? [time] : [],
  );
  const last = next.toSorted().at(-1);
  return state === 'disconnected' || row.status !== 'active' || last === undefined
    ? 'no token'
    : `next try ${moment(last, now).words}`;
}

/** "41 min" */
export function shortly(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes === 0 ? 'under 1 min' : `${minutes} min`;
}
