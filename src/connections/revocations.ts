import type { Clients } from './clients';
import type { Log } from '../lib/log';
import { keeper, recordEvent } from '../store/events';
import { readable } from '../store/encryption/readable';
import { claimRevocation, dueRevocations, openRevocationToken, removeRevocation } from '../store/revocations';
import type { RevocationRow } from '../store/schema';
import type { Store } from '../store/store';
import { type Clock, iso, later } from '../lib/time';
import { createUnderWay } from '../lib/under-way';
import type { Zoho } from '../zoho/client';
import { isDataCenterCode } from '../zoho/data-centers';

const firstPause = 15;
const longestPause = 3600;
/** A token that could not be revoked for this long is given up, in seconds. */
const patience = 7 * 24 * 3600;

export type Revocations = ReturnType<typeof createRevocations>;

/** Ends at Zoho the refresh tokens that were replaced or disconnected here, and goes on trying while Zoho is away. */
export function createRevocations(parts: { store: Store; zoho: Zoho; clients: Clients; now: Clock; log: Log }) {
  const { store, zoho, clients, now, log } = parts;
  const underWay = createUnderWay();
  return { flush, flushSoon };

  /** Tries what is due, all at once. Resolves when all of it was tried once; never throws for Zoho's sake. */
  async function flush(): Promise<void> {
    try {
      for (const row of await dueRevocations(store, iso(now()))) start(row);
    } catch (error) {
      unreadable(error);
    }
    // Also what another flush has claimed: whoever waits here wants to know how it went.
    await underWay.ended();
  }

  /** The same without waiting, for callers whose answer does not depend on it. */
  function flushSoon(): void {
    void flush();
  }

  function start(row: RevocationRow): void {
    void underWay.track(attempt(row).catch(unreadable));
  }

  function unreadable(error: unknown): void {
    log.error({ problem: error instanceof Error ? error.message : 'unknown' }, 'revocations could not be read');
  }

  async function attempt(row: RevocationRow): Promise<void> {
    const pause = Math.min(firstPause * 2 ** row.attempts, longestPause);
    if (!(await claimRevocation(store, row, iso(later(now(), pause))))) return;
    const token = readable(() => openRevocationToken(store, row));
    const overdue = now() > later(new Date(row.created_at), patience);
    try {
      if (token !== null && isDataCenterCode(row.data_center))
        await zoho.revoke(await clients.current(row.data_center), row.data_center, token);
      await end(row, token === null ? 'revocation_unreadable' : 'revoked_at_zoho');
    } catch (error) {
      log.warn({ connection: row.connection_name, problem: codeOf(error) }, 'a token could not be revoked yet');
      if (overdue) await end(row, 'revocation_given_up');
    }
  }

  async function end(row: RevocationRow, action: string): Promise<void> {
    await removeRevocation(store, row.id);
    await recordEvent(store, keeper, { action, subject: row.connection_name }, iso(now()));
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
