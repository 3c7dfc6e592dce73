import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { DataCenterCode } from '../zoho/data-centers';
import { digest } from '../lib/secrets';
import { forgetRows } from './forget';
import type { LinkRow } from './schema';
import type { Store } from './store';

export interface NewLink {
  readonly token: string;
  readonly connectionName: string;
  /** Null for a connection that is to be made. */
  readonly connectionId: string | null;
  readonly clientId: string;
  readonly dataCenter: DataCenterCode;
  readonly scopes: readonly string[];
  readonly note: string;
  readonly madeBy: string;
  readonly expiresAt: string;
}

/** The token itself is not stored, only its digest. */
export async function addLink(store: Store, link: NewLink, now: string): Promise<LinkRow> {
  return store.db
    .insertInto('links')
    .values({
      id: randomBytes(6).toString('hex'),
      token_digest: digest(link.token),
      status: 'open',
      connection_name: link.connectionName,
      connection_id: link.connectionId,
      client_id: link.clientId,
      data_center: link.dataCenter,
      scopes: link.scopes.join(' '),
      note: link.note,
      tries: 0,
      made_by: link.madeBy,
      created_at: now,
      expires_at: link.expiresAt,
      ended_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function findLinkByToken(store: Store, token: string): Promise<LinkRow | undefined> {
  return store.db.selectFrom('links').selectAll().where('token_digest', '=', digest(token)).executeTakeFirst();
}

export async function findLink(store: Store, id: string): Promise<LinkRow | undefined> {
  return store.db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function listLinks(store: Store): Promise<LinkRow[]> {
  return store.db.selectFrom('links').selectAll().orderBy('created_at', 'desc').orderBy('id').limit(500).execute();
}

/** Counts an attempt. False when the link is closed, or had so many already. */
export async function countTry(store: Store, id: string, most: number, now: string): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('links')
    .set(({ eb }) => ({ tries: eb('tries', '+', 1) }))
    .where('id', '=', id)
    .where('status', '=', 'open')
    .where('expires_at', '>', now)
    .where('tries', '<', most)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Of any number of callers one gets true. An attempt that was begun in time may end after the link has expired. */
export async function spendLink(store: Store, id: string, now: string): Promise<boolean> {
  return (await endLink(store, id, 'used', now)) !== null;
}

/** For the transaction that spent it, when nothing came of that. */
export async function reopenLink(store: Store, id: string): Promise<void> {
  await store.db.updateTable('links').set({ status: 'open', ended_at: null }).where('id', '=', id).execute();
}

/** Null when there is no such link, or it had ended already. */
export async function revokeLink(store: Store, id: string, now: string): Promise<LinkRow | null> {
  return endLink(store, id, 'revoked', now);
}

async function endLink(store: Store, id: string, status: 'used' | 'revoked', now: string): Promise<LinkRow | null> {
  const row = await store.db
    .updateTable('links')
    .set({ status, ended_at: now })
    .where('id', '=', id)
    .where('status', '=', 'open')
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** Forgets links that expired before `time`, whatever became of them. */
export async function forgetLinksBefore(store: Store, time: string): Promise<void> {
  await forgetRows(store, 'links', { key: ['id'], which: sql`expires_at < ${time}` });
}
