import { sql } from 'kysely';
import { forgetRows } from './forget';
import type { FailedSignInRow } from './schema';
import type { Store } from './store';

/** Wrong passwords older than this are forgotten, in seconds. */
export const failedSignInMemory = 24 * 3600;

export async function findFailedSignIns(store: Store, network: string): Promise<FailedSignInRow | undefined> {
  return store.db.selectFrom('failed_sign_ins').selectAll().where('network', '=', network).executeTakeFirst();
}

/** Writes down one more wrong password. False when another one from this network came between reading `seen` and this. */
export async function saveFailedSignIns(
  store: Store,
  seen: FailedSignInRow | undefined,
  next: FailedSignInRow,
): Promise<boolean> {
  if (!seen) {
    const { numInsertedOrUpdatedRows } = await store.db
      .insertInto('failed_sign_ins')
      .values(next)
      .onConflict((conflict) => conflict.column('network').doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }
  const { numUpdatedRows } = await store.db
    .updateTable('failed_sign_ins')
    .set(next)
    .where('network', '=', seen.network)
    .where('attempts', '=', seen.attempts)
    .where('updated_at', '=', seen.updated_at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function forgetFailedSignIns(store: Store, network: string): Promise<void> {
  await store.db.deleteFrom('failed_sign_ins').where('network', '=', network).execute();
}

export async function forgetFailedSignInsBefore(store: Store, time: string): Promise<void> {
  await forgetRows(store, 'failed_sign_ins', { key: ['network'], which: sql`updated_at < ${time}` });
}
