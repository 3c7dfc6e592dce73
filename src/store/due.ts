import type { ConnectionRow } from './schema';
import type { Store } from './store';

export type Candidate = Pick<ConnectionRow, 'id' | 'name' | 'checked_at'>;

/** Tokens in use or just beginning to fail, and second opinions, but nothing that Zoho must not be asked about now. */
export async function aboutToEnd(
  store: Store,
  times: { now: string; usedSince: string; endingBy: string; stumbles: number },
): Promise<Candidate[]> {
  return askable(store, times.now)
    .where((eb) =>
      eb.or([
        eb('refused_at', 'is not', null),
        eb.and([
          eb.or([
            eb('used_at', '>', times.usedSince),
            eb.and([eb('error_code', 'is not', null), eb('failures', '<=', times.stumbles)]),
          ]),
          eb.or([eb('access_token_expires_at', 'is', null), eb('access_token_expires_at', '<=', times.endingBy)]),
        ]),
      ]),
    )
    .orderBy('access_token_expires_at')
    .execute();
}

export async function longUnchecked(store: Store, times: { now: string; checkedBefore: string }): Promise<Candidate[]> {
  return askable(store, times.now)
    .where((eb) => eb.or([eb('checked_at', 'is', null), eb('checked_at', '<=', times.checkedBefore)]))
    .orderBy('checked_at')
    .execute();
}

function askable(store: Store, now: string) {
  return store.db
    .selectFrom('connections')
    .select(['id', 'name', 'checked_at'])
    .where('status', '=', 'active')
    .where('refresh_token_sealed', 'is not', null)
    .where((eb) => eb.or([eb('retry_at', 'is', null), eb('retry_at', '<=', now)]))
    .where((eb) => eb.or([eb('throttled_until', 'is', null), eb('throttled_until', '<=', now)]))
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]));
}
