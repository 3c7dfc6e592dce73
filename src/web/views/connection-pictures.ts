import { addSeconds, iso, secondsUntil } from '../../lib/time';
import type { ConnectionRow } from '../../store/schema';
import type { Store } from '../../store/store';
import { type Budget, type DayOfRefreshes, keptForPeople, refreshesByDay } from '../../tokens/budget';
import { renewalOf } from '../../tokens/schedule';
import { moment, type Moment, type Tone } from '../words';

/** What is left of the access token. */
export interface LifeView {
  share: number;
  tone: Tone;
  /** For the middle of the ring: "41 min". */
  short: string;
  words: string;
  /** Null when there is no token, or it has ended. */
  ends: Moment | null;
  /** When the Keeper replaces it by itself; null when it waits for somebody to ask. */
  renewal: Moment | null;
  /** Whether the connection gives tokens at all. */
  lives: boolean;
}

const little = 300;

export function lifeView(row: ConnectionRow, now: Date): LifeView {
  const left = secondsUntil(row.access_token_expires_at, now);
  const lives = row.status === 'active';
  const renewal = renewalOf(row, now);
  return {
    share: row.access_token_life > 0 ? Math.min(1, left / row.access_token_life) : 0,
    tone: toneOf(row, left),
    short: left > 0 ? shortly(left) : '–',
    words: left > 0 ? `The access token lives for another ${shortly(left)}.` : 'There is no valid access token.',
    ends: left > 0 && row.access_token_expires_at !== null ? moment(row.access_token_expires_at, now) : null,
    renewal: renewal && moment(iso(renewal), now),
    lives,
  };
}

function toneOf({ status }: ConnectionRow, left: number): Tone {
  if (status !== 'active') return status === 'revoked' ? 'off' : 'bad';
  return left > little ? 'good' : 'wait';
}

function shortly(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 5400 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

export interface BudgetView {
  window: 'ten_minutes' | 'hour';
  used: number;
  limit: number;
  /** The last ones, which programs leave to people. */
  reserved: number;
  words: string;
  /** When the next refresh is possible; null when it is now. */
  next: Moment | null;
}

/** `budget` is a person's. */
export function budgetView({ deciding }: Budget, next: Moment | null): BudgetView {
  const { window, limit } = deciding;
  const used = Math.min(deciding.used, limit);
  const span = window === 'hour' ? 'in an hour' : 'in ten minutes';
  return { window, used, limit, reserved: keptForPeople, words: `${used} of ${limit} refreshes ${span}`, next };
}

export interface StripView {
  cells: { tone: Tone | 'idle'; words: string }[];
  words: string;
}

const days = 30;

/** How each of the last days went, the oldest first; days are those of UTC. */
export async function stripOf(store: Store, { id }: ConnectionRow, now: Date): Promise<StripView> {
  const dates = Array.from({ length: days }, (_, n) => iso(addSeconds(now, (n + 1 - days) * 86_400)).slice(0, 10));
  const found = new Map((await refreshesByDay(store, id, dates[0] ?? '')).map((one) => [one.day, one]));
  const cells = dates.map((day) => cellOf(found.get(day) ?? { day, ok: 0, failed: 0 }));
  const count = (tone: string): number => cells.filter((cell) => cell.tone === tone).length;
  const [bad, mixed] = [count('bad'), count('wait')];
  const words = `Last ${days} days: refreshed on ${count('good') + mixed}, failed on ${bad + mixed}, idle on ${count('idle')}`;
  return { cells, words };
}

function cellOf({ day, ok, failed }: DayOfRefreshes): StripView['cells'][number] {
  const words = [ok > 0 && `${ok} refreshed`, failed > 0 && `${failed} failed`].filter(Boolean).join(', ');
  const tone = failed > 0 ? (ok > 0 ? 'wait' : 'bad') : ok > 0 ? 'good' : 'idle';
  return { tone, words: `${day}: ${words || 'idle'}` };
}
