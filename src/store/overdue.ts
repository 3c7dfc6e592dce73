import type { Store } from './store';

const missing = 'backup:missing';
const announced = 'backup:announced';

/** Since when there has been no backup at all, as far as that was noted. */
export async function missingSince({ db }: Store): Promise<string | null> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', missing).executeTakeFirst();
  return row?.value ?? null;
}

/** Notes that there is no backup, unless that was noted. A time in the future, of a clock ahead, is replaced. */
export async function noteMissing(store: Store, now: string): Promise<void> {
  await store.db.deleteFrom('meta').where('key', '=', missing).where('value', '>', now).execute();
  await note(store, missing, now);
}

/** Notes that somebody was told. True for the first one. */
export async function noteAnnounced(store: Store, now: string): Promise<boolean> {
  return note(store, announced, now);
}

export async function forgetOverdue(store: Store): Promise<void> {
  await store.db.deleteFrom('meta').where('key', 'in', [missing, announced]).execute();
}

async function note({ db }: Store, key: string, value: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}
