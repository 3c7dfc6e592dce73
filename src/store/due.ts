import type { SelectQueryBuilder } from 'kysely';
import type { ConnectionRow, Database } from './schema';
import type { Store } from './store';

/** ISO times. What is claimed is nobody else's until `until`, or until it is refreshed. */
export interface Claiming {
  readonly now: string;
  readonly until: string;
}

type Due = SelectQueryBuilder<Database, 'connections', { id: string }>;

/** Claims tokens in use that are to be renewed by then; within a minute, those that were used last. */
export function claimInUse(
  store: Store,
  times: Claiming & { usedSince: string; endingBy: string; restedSince: string },
  most: number,
): Promise<ConnectionRow[]> {
  return claim(store, times, most, (due) =>
    due
      .where('used_at', '>', times.usedSince)
      .where('renew_by', '<=', times.endingBy)
      .where(({ or, eb }) => or([eb('refreshed_at', 'is', null), eb('refreshed_at', '<=', times.restedSince)]))
      .orderBy('renew_by')
      .orderBy('used_at', 'desc'),
  );
}

/** Claims what Zoho has to be asked about once more, used or not: refusals, and connections that begin to fail. */
export function claimDoubtful(
  store: Store,
  times: Claiming & { endingBy: string; stumbles: number },
  most: number,
): Promise<ConnectionRow[]> {
  return claim(store, times, most, (due) =>
    due
      .where('error_code', 'is not', null)
      .where(({ or, and, eb }) =>
        or([
          eb('refused_at', 'is not', null),
          and([
            eb('failures', '<=', times.stumbles),
            or([eb('access_token_expires_at', 'is', null), eb('access_token_expires_at', '<=', times.endingBy)]),
          ]),
        ]),
      )
      .orderBy('retry_at'),
  );
}

/** Claims what neither a good nor a failed refresh has told anything of since then. */
export function claimUnchecked(
  store: Store,
  times: Claiming & { checkedBefore: string },
  most: number,
): Promise<ConnectionRow[]> {
  return claim(store, times, most, (due) =>
    due
      .where(({ or, eb }) => or([eb('checked_at', 'is', null), eb('checked_at', '<=', times.checkedBefore)]))
      .where(({ or, eb }) => or([eb('failed_at', 'is', null), eb('failed_at', '<=', times.checkedBefore)]))
      .orderBy('checked_at'),
  );
}

/** Instances that claim at the same moment get different ones and do not wait for each other. */
function claim(
  { db }: Store,
  { now, until }: Claiming,
  most: number,
  narrowed: (due: Due) => Due,
): Promise<ConnectionRow[]> {
  const askable = db
    .selectFrom('connections')
    .select('id')
    // Active, worded so that SQLite does not take the index that begins with the status and read all of them.
    .where('status', 'not in', ['revoked', 'needs_reconnect'])
    .where((eb) =>
      eb.and(
        (['retry_at', 'throttled_until', 'lease_until', 'claimed_until'] as const).map((pause) =>
          eb.or([eb(pause, 'is', null), eb(pause, '<=', now)]),
        ),
      ),
    );
  const due = narrowed(askable).limit(most).forUpdate().skipLocked();
  return db
    .with(
      (cte) => cte('due').materialized(),
      () => due,
    )
    .updateTable('connections')
    .set({ claimed_until: until })
    .where('id', 'in', (eb) => eb.selectFrom('due').select('id'))
    .returningAll()
    .execute();
}
