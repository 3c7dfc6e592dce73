import type { RevocationRow } from '../../src/store/schema';
import type { Store } from '../../src/store/store';

/** Tokens that are still to be revoked at Zoho. */
export function pendingRevocations(store: Store): Promise<RevocationRow[]> {
  return store.db.selectFrom('revocations').selectAll().orderBy('created_at').execute();
}
