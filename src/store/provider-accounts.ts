import { digest } from '../lib/secrets';
import type { Store } from './store';

/** Keeps the account that came with this address first. False when another one (`sub`) came before. */
export async function pinAccount(
  store: Store,
  { issuer, email, sub }: { issuer: string; email: string; sub: string },
  now: string,
): Promise<boolean> {
  await store.db
    .insertInto('provider_accounts')
    .values({ issuer, email, sub_digest: digest(sub), first_at: now })
    .onConflict((conflict) => conflict.columns(['issuer', 'email']).doNothing())
    .execute();
  const pinned = await store.db
    .selectFrom('provider_accounts')
    .select('sub_digest')
    .where('issuer', '=', issuer)
    .where('email', '=', email)
    .executeTakeFirst();
  return pinned?.sub_digest === digest(sub);
}

/** At every issuer. False when none is known. */
export async function forgetAccount(store: Store, email: string): Promise<boolean> {
  const { numDeletedRows } = await store.db
    .deleteFrom('provider_accounts')
    .where('email', '=', email)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
