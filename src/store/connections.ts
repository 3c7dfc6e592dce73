import { randomUUID } from 'node:crypto';
import type { RequestedBy, ConnectionRow, ConnectionStatus } from './schema';
import type { DataCenterCode, Environment } from '../zoho/data-centers';
import { iso } from '../lib/time';
import { saveSearch } from './connection-details';
import { forgetFormerName } from './former-names';
import { keptQuery } from './kept';
import type { Store } from './store';

const refreshColumn = 'connections.refresh_token';
const accessColumn = 'connections.access_token';

/** Tokens as they came from a connect, with what they are for. Times are ISO, lives seconds. */
export interface NewConnection {
  readonly name: string;
  readonly clientId: string;
  readonly dataCenter: DataCenterCode;
  readonly askedDataCenter: DataCenterCode | null;
  readonly apiDomain: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly askedScopes: readonly string[];
  readonly account: {
    readonly zuid: string | null;
    readonly userName: string | null;
    readonly userEmail: string | null;
    readonly organisation: string | null;
    readonly organisationId: string | null;
  };
  readonly refreshToken: string;
  readonly access: AccessToken | null;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: string;
  readonly life: number;
  readonly receivedAt: string;
  readonly requestedBy: RequestedBy;
}

export async function listConnections(store: Store): Promise<ConnectionRow[]> {
  return store.db.selectFrom('connections').selectAll().orderBy('name').execute();
}

/** Those that were made or reconnected at this ISO time or later. */
export async function connectedSince(store: Store, time: string): Promise<ConnectionRow[]> {
  return store.db.selectFrom('connections').selectAll().where('connected_at', '>=', time).execute();
}

/** Those of the names that connections have. */
export async function namesTaken({ db }: Store, names: readonly string[]): Promise<Set<string>> {
  const rows = await db.selectFrom('connections').select('name').where('name', 'in', names).execute();
  return new Set(rows.map(({ name }) => name));
}

export async function dataCentersInUse(store: Store): Promise<DataCenterCode[]> {
  const rows = await store.db.selectFrom('connections').select('data_center').distinct().execute();
  return rows.map((row) => row.data_center);
}

export async function countConnections(
  store: Store,
  now: string,
): Promise<{ byStatus: Map<ConnectionStatus, number>; throttled: number }> {
  const rows = await store.db
    .selectFrom('connections')
    .select(['status', ({ fn }) => fn.countAll().as('count')])
    .groupBy('status')
    .execute();
  const throttled = await store.db
    .selectFrom('connections')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('status', '=', 'active')
    // So it is for all that are throttled, and for these there is an index.
    .where('error_code', 'is not', null)
    .where('throttled_until', '>', now)
    .executeTakeFirstOrThrow();
  // PostgreSQL's driver sends counts as text.
  return {
    byStatus: new Map(rows.map((row) => [row.status, Number(row.count)])),
    throttled: Number(throttled.count),
  };
}

const byName = keptQuery((db) => db.selectFrom('connections').selectAll().where('name', '=', ''));

export function findConnection({ db }: Store, name: string): Promise<ConnectionRow | undefined> {
  return byName(db, name);
}

export async function findConnectionById(store: Store, id: string): Promise<ConnectionRow | undefined> {
  return store.db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst();
}

export function openRefreshToken(store: Store, row: ConnectionRow): string | null {
  if (row.refresh_token_sealed === null) return null;
  return store.cipher.open(row.refresh_token_sealed, { column: refreshColumn, row: row.id });
}

export function openAccessToken(store: Store, row: ConnectionRow): string | null {
  if (row.access_token_sealed === null) return null;
  return store.cipher.open(row.access_token_sealed, { column: accessColumn, row: row.id });
}

/** Adds a connection. Null when its name was taken meanwhile. */
export async function addConnection(
  store: Store,
  connection: NewConnection,
  now: string,
): Promise<ConnectionRow | null> {
  const id = randomUUID();
  const row = await store.db
    .insertInto('connections')
    .values({
      id,
      name: connection.name,
      seq: 1,
      connected_at: now,
      used_at: null,
      ...columnsOf(store, id, connection, now),
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row) await saveSearch(store, row);
  if (row) await forgetFormerName(store, row.name);
  return row ?? null;
}

/** Gives a connection that was read before new tokens. Null when it changed meanwhile: read it again. */
export async function renewConnection(
  store: Store,
  seen: ConnectionRow,
  connection: NewConnection,
  now: string,
): Promise<ConnectionRow | null> {
  const row = await store.db
    .updateTable('connections')
    .set({ ...columnsOf(store, seen.id, connection, now), connected_at: now, seq: seen.seq + 1 })
    .where('id', '=', seen.id)
    .where('seq', '=', seen.seq)
    // Until when programs have the old token says when that may be revoked.
    .where('given_out_until', seen.given_out_until === null ? 'is' : '=', seen.given_out_until)
    .returningAll()
    .executeTakeFirst();
  if (row) await saveSearch(store, row);
  return row ?? null;
}

function columnsOf(store: Store, id: string, connection: NewConnection, now: string) {
  return {
    client_id: connection.clientId,
    data_center: connection.dataCenter,
    asked_data_center: connection.askedDataCenter,
    api_domain: connection.apiDomain,
    environment: connection.environment,
    scopes: connection.scopes.join(' '),
    asked_scopes: connection.askedScopes.join(' '),
    zuid: connection.account.zuid,
    user_name: connection.account.userName,
    user_email: connection.account.userEmail,
    organisation: connection.account.organisation,
    organisation_id: connection.account.organisationId,
    status: 'active' as const,
    refresh_token_id: randomUUID(),
    given_out_until: null,
    ...sealRefreshToken(store, id, connection.refreshToken),
    ...(connection.access ? accessColumns(store, id, connection.access) : noAccess),
    ...noFailure,
    lease_owner: null,
    lease_until: null,
    claimed_until: null,
    checked_at: now,
  };
}

const noAccess = {
  access_token_sealed: null,
  access_token_expires_at: null,
  access_token_life: 0,
  renew_by: null,
  refreshed_at: null,
  refreshed_by: null,
};

export const noFailure = {
  error_code: null,
  failed_at: null,
  failures: 0,
  refused_at: null,
  retry_at: null,
  throttled_until: null,
};

export function sealRefreshToken(store: Store, id: string, token: string) {
  return { refresh_token_sealed: store.cipher.seal(token, { column: refreshColumn, row: id }) };
}

export function accessColumns(store: Store, id: string, access: AccessToken) {
  return {
    access_token_sealed: store.cipher.seal(access.token, { column: accessColumn, row: id }),
    access_token_expires_at: access.expiresAt,
    access_token_life: access.life,
    renew_by: renewBy(access),
    refreshed_at: access.receivedAt,
    refreshed_by: access.requestedBy,
  };
}

/** Within a minute the schedule begins with what was used last, so minutes are what it sorts by. */
function renewBy({ expiresAt, life }: AccessToken): string {
  const early = new Date(Date.parse(expiresAt) - Math.random() * life * 250);
  early.setUTCSeconds(0, 0);
  return iso(early);
}

/** Forgets the tokens of a connection and keeps the rest. False when it changed meanwhile. */
export async function forgetTokens(store: Store, seen: ConnectionRow): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('connections')
    .set({
      status: 'revoked',
      refresh_token_sealed: null,
      ...noAccess,
      given_out_until: null,
      ...noFailure,
      lease_owner: null,
      lease_until: null,
      seq: seen.seq + 1,
    })
    .where('id', '=', seen.id)
    .where('seq', '=', seen.seq)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function deleteConnection(store: Store, seen: ConnectionRow): Promise<boolean> {
  const { numDeletedRows } = await store.db
    .deleteFrom('connections')
    .where('id', '=', seen.id)
    .where('seq', '=', seen.seq)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
