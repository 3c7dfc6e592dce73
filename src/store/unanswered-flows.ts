import { digest } from '../lib/secrets';
import type { FlowRow } from './schema';
import type { Store } from './store';

/** Of each name the latest attempt, when nobody came back from Zoho with it; of one session only, unless it is null. */
export async function unansweredFlows(
  store: Store,
  { begunAfter, begunBefore, sessionId }: { begunAfter: string; begunBefore: string; sessionId: string | null },
): Promise<FlowRow[]> {
  return (
    store.db
      .selectFrom('flows')
      .selectAll()
      .where('status', '=', 'issued')
      .where('dismissed_at', 'is', null)
      // Of device flows the Keeper itself hears.
      .where('device_code_sealed', 'is', null)
      .where('created_at', '>', begunAfter)
      .where('created_at', '<=', begunBefore)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('flows as later')
              .select('later.id')
              .whereRef('later.connection_name', '=', 'flows.connection_name')
              .whereRef('later.created_at', '>', 'flows.created_at'),
          ),
        ),
      )
      .$if(sessionId !== null, (query) => query.where('session_digest', '=', digest(sessionId ?? '')))
      .orderBy('created_at', 'desc')
      .limit(3)
      .execute()
  );
}
