import type { Context } from '../context';
import { iso, secondsUntil } from '../lib/time';
import { openAccessToken } from '../store/connections';
import { openOrNull } from '../store/encryption/cipher';
import type { ConnectionRow, RequestedBy } from '../store/schema';

/** A refresh call takes no longer, and so much of a new token's life may be over when it arrives. */
const refreshSeconds = 10;

export interface FreshToken {
  readonly accessToken: string;
  readonly connection: ConnectionRow;
  /** True when this call made Zoho give out a new token (or joined one that did). */
  readonly refreshed: boolean;
}

export interface RefreshDemand {
  readonly requestedBy: RequestedBy;
  /** Seconds that the token must still live. */
  readonly minTtl: number;
  /** When set, only a token received after this moment will do. */
  readonly newerThan: Date | null;
}

export function servable({ store, now }: Context, row: ConnectionRow, demand: RefreshDemand): FreshToken | null {
  if (row.status !== 'active') return null;
  const lives = secondsUntil(row.access_token_expires_at, now());
  // Should Zoho give shorter lives than asked for, another token would not help: one that is almost new must do.
  const isBest = demand.minTtl > row.access_token_life - refreshSeconds && isAlmostNew(row, now());
  if (lives < 1 || (lives < demand.minTtl && !isBest)) return null;
  if (demand.newerThan !== null && (row.refreshed_at ?? '') <= iso(demand.newerThan)) return null;
  const accessToken = openOrNull(() => openAccessToken(store, row));
  return accessToken === null ? null : { accessToken, connection: row, refreshed: demand.newerThan !== null };
}

export function isAlmostNew(
  { access_token_expires_at: end, access_token_life: life }: ConnectionRow,
  now: Date,
): boolean {
  const lives = secondsUntil(end, now);
  return lives > 0 && lives >= Math.floor((life * 5) / 6);
}
