import { refreshTimesSince } from './store/refreshes';
import type { Asker, ConnectionRow } from './store/schema';
import type { Store } from './store/store';
import { iso, later } from './time';

/**
 * Zoho allows 10 token requests in 10 minutes for one refresh token, and locks out who asks for more; of the access
 * tokens 15 stay alive (docs/zoho.md, "Limits"). The Keeper stops before that, and leaves one refresh to a person.
 */
const windows = [
  { seconds: 600, programs: 8, person: 9 },
  { seconds: 3600, programs: 13, person: 14 },
] as const;

export interface Budget {
  /** Refreshes in the last ten minutes, and how many there may be. */
  readonly used: number;
  readonly limit: number;
  /** Whether this asker may refresh now; otherwise when the next place becomes free. */
  readonly free: boolean;
  readonly freeAt: Date;
}

/** What is left for this asker. Reads the ledger, so restarts and other processes do not change it. */
export async function readBudget(store: Store, connection: ConnectionRow, asker: Asker, now: Date): Promise<Budget> {
  const longest = later(now, -windows[1].seconds);
  const times = (await refreshTimesSince(store, connection.grant_id, iso(longest))).map((time) => new Date(time));
  const freeTimes = windows.map((window) => {
    const limit = asker === 'person' ? window.person : window.programs;
    const recent = times.filter((time) => time > later(now, -window.seconds));
    const blocking = recent.at(-limit);
    return blocking ? later(blocking, window.seconds) : now;
  });
  const freeAt = freeTimes.reduce((latest, time) => (time > latest ? time : latest), now);
  const used = times.filter((time) => time > later(now, -windows[0].seconds)).length;
  return { used, limit: windows[0].person, free: freeAt <= now, freeAt };
}
