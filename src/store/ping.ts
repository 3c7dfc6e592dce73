import type { Store } from './store';

/** Writes a row and so proves that the database can be written. Throws what the database says otherwise. */
export async function pingWrite(store: Store, now: string): Promise<void> {
  await store.db
    .insertInto('meta')
    .values({ key: 'probe', value: now })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: now }))
    .execute();
}
