import { randomUUID } from 'node:crypto';
import type { Asker, ConnectionRow, ConnectionStatus } from './schema';
import type { Store } from './store';

const refreshColumn = 'connections.refresh_token';
const accessColumn = 'connections.access_token';

/** Who consented, as far as Zoho told. */
export interface Account {
  readonly zuid: string | null;
  readonly userName: string | null;
  readonly userEmail: string | null;
  readonly organisation: string | null;
}

/** Tokens as they came from a connect, with what they are for. Times are ISO, lives seconds. */
export interface Grant {
  readonly name: string;
  readonly clientId: string;
  readonly dataCenter: string;
  readonly apiDomain: string;
  readonly scopes: readonly string[];
  readonly askedScopes: readonly string[];
  readonly account: Account;
  readonly refreshToken: string;
  readonly access: AccessToken | null;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: string;
  readonly life: number;
  readonly receivedAt: string;
  readonly askedBy: Asker;
}

export async function listConnections(store: Store): Promise<ConnectionRow[]> {
  return store.db.selectFrom('connections').selectAll().orderBy('name').execute();
}

/** Connections by name, those after `after`; only the ones named in `names` unless it is null. */
export async function pageOfConnections(
  store: Store,
  { after, limit, names }: { after: string; limit: number; names: readonly string[] | null },
): Promise<ConnectionRow[]> {
  return store.db
    .selectFrom('connections')
    .selectAll()
    .where('name', '>', after)
    .$if(names !== null, (query) => query.where('name', 'in', names ?? []))
    .orderBy('name')
    .limit(limit)
    .execute();
}

/** How many connections have each stored status, and how many of the active ones are throttled. */
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
    .where('throttled_until', '>', now)
    .executeTakeFirstOrThrow();
  // PostgreSQL's driver sends counts as text.
  return {
    byStatus: new Map(rows.map((row) => [row.status, Number(row.count)])),
    throttled: Number(throttled.count),
  };
}

export async function findConnection(store: Store, name: string): Promise<ConnectionRow | undefined> {
  return store.db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst();
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
export async function addConnection(store: Store, grant: Grant, now: string): Promise<ConnectionRow | null> {
  const id = randomUUID();
  const row = await store.db
    .insertInto('connections')
    .values({ id, name: grant.name, seq: 1, connected_at: now, used_at: null, ...grantColumns(store, id, grant, now) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** Puts a new grant into a connection that was read before. Null when it changed meanwhile: read it again. */
export async function replaceGrant(
  store: Store,
  seen: ConnectionRow,
  grant: Grant,
  now: string,
): Promise<ConnectionRow | null> {
  const row = await store.db
    .updateTable('connections')
    .set({ ...grantColumns(store, seen.id, grant, now), connected_at: now, seq: seen.seq + 1 })
    .where('id', '=', seen.id)
    .where('seq', '=', seen.seq)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

function grantColumns(store: Store, id: string, grant: Grant, now: string) {
  return {
    client_id: grant.clientId,
    data_center: grant.dataCenter,
    api_domain: grant.apiDomain,
    scopes: grant.scopes.join(' '),
    asked_scopes: grant.askedScopes.join(' '),
    zuid: grant.account.zuid,
    user_name: grant.account.userName,
    user_email: grant.account.userEmail,
    organisation: grant.account.organisation,
    status: 'active' as const,
    grant_id: randomUUID(),
    refresh_token_sealed: store.cipher.seal(grant.refreshToken, { column: refreshColumn, row: id }),
    ...(grant.access ? accessColumns(store, id, grant.access) : noAccess),
    ...noTrouble,
    lease_owner: null,
    lease_until: null,
    checked_at: now,
  };
}

const noAccess = {
  access_token_sealed: null,
  access_token_expires_at: null,
  access_token_life: 0,
  refreshed_at: null,
  refreshed_by: null,
};

const noTrouble = {
  problem: null,
  problem_at: null,
  failures: 0,
  refused_at: null,
  retry_at: null,
  throttled_until: null,
};

function accessColumns(store: Store, id: string, access: AccessToken) {
  return {
    access_token_sealed: store.cipher.seal(access.token, { column: accessColumn, row: id }),
    access_token_expires_at: access.expiresAt,
    access_token_life: access.life,
    refreshed_at: access.receivedAt,
    refreshed_by: access.askedBy,
  };
}

/** A claim on refreshing one connection: only its holder may save, and only until somebody else changed the row. */
export interface Lease {
  readonly connectionId: string;
  readonly owner: string;
  readonly seq: number;
}

/** Claims the refresh of a connection as it was read. Null when it changed meanwhile or somebody else holds it. */
export async function claimRefresh(
  store: Store,
  seen: ConnectionRow,
  owner: string,
  times: { now: string; until: string },
): Promise<Lease | null> {
  const seq = seen.seq + 1;
  const { numUpdatedRows } = await store.db
    .updateTable('connections')
    .set({ lease_owner: owner, lease_until: times.until, seq })
    .where('id', '=', seen.id)
    .where('seq', '=', seen.seq)
    .where(({ or, eb }) => or([eb('lease_until', 'is', null), eb('lease_until', '<=', times.now)]))
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { connectionId: seen.id, owner, seq } : null;
}

/** What a refresh brought. Empty text or null never gets into the refresh token: it is left out unless Zoho sent a new one. */
export interface RefreshedTokens {
  readonly access: AccessToken;
  /** Null leaves the one that is stored. */
  readonly apiDomain: string | null;
  readonly newRefreshToken: string | null;
}

/** Saves a good refresh and gives the lease back. False when the claim was lost: drop the result and read again. */
export async function saveRefresh(store: Store, lease: Lease, tokens: RefreshedTokens): Promise<boolean> {
  return release(store, lease, {
    ...accessColumns(store, lease.connectionId, tokens.access),
    ...noTrouble,
    ...(tokens.newRefreshToken !== null && {
      refresh_token_sealed: store.cipher.seal(tokens.newRefreshToken, {
        column: refreshColumn,
        row: lease.connectionId,
      }),
    }),
    ...(tokens.apiDomain !== null && { api_domain: tokens.apiDomain }),
    status: 'active',
    checked_at: tokens.access.receivedAt,
  });
}

export type Trouble = Pick<ConnectionRow, 'problem' | 'problem_at' | 'failures'> &
  Partial<Pick<ConnectionRow, 'status' | 'refused_at' | 'retry_at' | 'throttled_until'>>;

/** Notes a failed refresh and gives the lease back; tokens stay as they are. False when the claim was lost. */
export async function saveTrouble(store: Store, lease: Lease, trouble: Trouble): Promise<boolean> {
  return release(store, lease, trouble);
}

async function release(store: Store, lease: Lease, change: Partial<ConnectionRow>): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('connections')
    .set({ ...change, lease_owner: null, lease_until: null, seq: lease.seq + 1 })
    .where('id', '=', lease.connectionId)
    .where('lease_owner', '=', lease.owner)
    .where('seq', '=', lease.seq)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Forgets the tokens of a connection and keeps the rest. False when it changed meanwhile. */
export async function forgetTokens(store: Store, seen: ConnectionRow): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('connections')
    .set({
      status: 'revoked',
      refresh_token_sealed: null,
      ...noAccess,
      ...noTrouble,
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

/** Lets every stored access token count as ended, so that the next one who asks gets a new one. */
export async function endAccessTokens(store: Store, now: string): Promise<void> {
  await store.db
    .updateTable('connections')
    .set({ access_token_expires_at: now })
    .where('access_token_expires_at', '>', now)
    .execute();
}

/** Notes that somebody used this connection's token: connections in use are kept fresh. */
export async function markUsed(store: Store, id: string, now: string): Promise<void> {
  await store.db.updateTable('connections').set({ used_at: now }).where('id', '=', id).execute();
}
