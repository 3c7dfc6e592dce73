import type { LoginAttemptRow } from './schema';
import type { Store } from './store';

export async function findAttempts(store: Store, address: string): Promise<LoginAttemptRow | undefined> {
  return store.db.selectFrom('login_attempts').selectAll().where('address', '=', address).executeTakeFirst();
}

/** Writes down one more attempt. False when another one from this address came between reading `seen` and this. */
export async function saveAttempt(
  store: Store,
  seen: LoginAttemptRow | undefined,
  next: LoginAttemptRow,
): Promise<boolean> {
  if (!seen) {
    const { numInsertedOrUpdatedRows } = await store.db
      .insertInto('login_attempts')
      .values(next)
      .onConflict((conflict) => conflict.column('address').doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }
  const { numUpdatedRows } = await store.db
    .updateTable('login_attempts')
    .set(next)
    .where('address', '=', seen.address)
    .where('attempts', '=', seen.attempts)
    .where('updated_at', '=', seen.updated_at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function forgetAttempts(store: Store, address: string): Promise<void> {
  await store.db.deleteFrom('login_attempts').where('address', '=', address).execute();
}

export async function forgetAttemptsBefore(store: Store, time: string): Promise<void> {
  await store.db.deleteFrom('login_attempts').where('updated_at', '<', time).execute();
}
