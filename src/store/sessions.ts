import { sql } from 'kysely';
import { digest } from '../lib/secrets';
import { chunksOf } from './chunks';
import { openOrNull } from './encryption/cipher';
import { forgetRows } from './forget';
import type { Store } from './store';

const column = 'sessions.data';

/** What a session id stands for, or null when it is unknown, over, or unreadable. */
export async function readSession(store: Store, sessionId: string, now: string): Promise<string | null> {
  const id = digest(sessionId);
  const row = await store.db
    .selectFrom('sessions')
    .selectAll()
    .where('id_digest', '=', id)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  if (!row) return null;
  try {
    return store.cipher.open(row.data_sealed, { column, row: id });
  } catch {
    return null; // Sealed with a key that was retired: the person simply gets a new session.
  }
}

export async function writeSession(
  store: Store,
  sessionId: string,
  data: string,
  times: { now: string; expiresAt: string },
): Promise<void> {
  const id = digest(sessionId);
  const row = { data_sealed: store.cipher.seal(data, { column, row: id }), expires_at: times.expiresAt };
  await store.db
    .insertInto('sessions')
    .values({ id_digest: id, created_at: times.now, ...row })
    .onConflict((conflict) => conflict.column('id_digest').doUpdateSet(row))
    .execute();
}

/** Changes a session that is still there: one that ended while its last request ran is not brought back. */
export async function changeSession(store: Store, sessionId: string, data: string, expiresAt: string): Promise<void> {
  const id = digest(sessionId);
  await store.db
    .updateTable('sessions')
    .set({ data_sealed: store.cipher.seal(data, { column, row: id }), expires_at: expiresAt })
    .where('id_digest', '=', id)
    .execute();
}

export async function prolongSession(store: Store, sessionId: string, expiresAt: string): Promise<void> {
  await store.db
    .updateTable('sessions')
    .set({ expires_at: expiresAt })
    .where('id_digest', '=', digest(sessionId))
    .execute();
}

export async function removeSession(store: Store, sessionId: string): Promise<void> {
  await store.db.deleteFrom('sessions').where('id_digest', '=', digest(sessionId)).execute();
}

export async function removeAllSessions(store: Store): Promise<void> {
  await store.db.deleteFrom('sessions').execute();
}

/** All that are not over and can be read, by the digest of their id. */
export async function readSessions(store: Store, now: string): Promise<{ id: string; data: string }[]> {
  const rows = await store.db.selectFrom('sessions').selectAll().where('expires_at', '>', now).execute();
  return rows.flatMap(({ id_digest: id, data_sealed: sealed }) => {
    const data = openOrNull(() => store.cipher.open(sealed, { column, row: id }));
    return data === null ? [] : { id, data };
  });
}

/** By the digests of their ids. Returns how many there were. */
export async function removeSessions(store: Store, ids: readonly string[]): Promise<number> {
  let removed = 0;
  for (const chunk of chunksOf(ids)) {
    const { numDeletedRows } = await store.db.deleteFrom('sessions').where('id_digest', 'in', chunk).executeTakeFirst();
    removed += Number(numDeletedRows);
  }
  return removed;
}

export async function forgetSessionsBefore(store: Store, time: string): Promise<void> {
  await forgetRows(store, 'sessions', { key: ['id_digest'], which: sql`expires_at < ${time}` });
}
