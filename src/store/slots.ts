import { sql } from 'kysely';
import type { ConnectionRow, FlowRow, RevocationRow } from './schema';
import type { DataCenterCode } from '../zoho/data-centers';
import type { Store } from './store';

// What is stored of the refresh tokens that live at Zoho, without the tokens.

const connectionColumns = ['name', 'client_id', 'zuid', 'user_email', 'status', 'error_code', 'connected_at'] as const;
export type HoldingConnection = Pick<ConnectionRow, (typeof connectionColumns)[number]>;

const revocationColumns = ['connection_name', 'client_id', 'zuid', 'made_at', 'created_at'] as const;
export type DueRevocation = Pick<RevocationRow, (typeof revocationColumns)[number]>;

export type WaitingFlow = Pick<FlowRow, 'connection_name' | 'client_id' | 'updated_at'>;

/** Connections that have a refresh token. */
export function connectionsHolding(store: Store): Promise<HoldingConnection[]> {
  return store.db
    .selectFrom('connections')
    .select(connectionColumns)
    .where('refresh_token_sealed', 'is not', null)
    .orderBy('connected_at')
    .orderBy('name')
    .execute();
}

/** Those of the same user, and of the other users of this client no more than `most`. */
export async function connectionsBeside(
  store: Store,
  { name, client_id: clientId, zuid }: Pick<HoldingConnection, 'name' | 'client_id' | 'zuid'>,
  most: number,
): Promise<HoldingConnection[]> {
  const ofClient = store.db
    .selectFrom('connections')
    .select(connectionColumns)
    .where('refresh_token_sealed', 'is not', null)
    .where('client_id', '=', clientId);
  const isOwn = zuid === null ? sql<boolean>`name = ${name}` : sql<boolean>`zuid = ${zuid}`;
  const own = await ofClient.where(isOwn).orderBy('connected_at').orderBy('name').execute();
  const isRefused = sql<boolean>`status = 'needs_reconnect' and coalesce(error_code, '') = 'invalid_code'`;
  const others = await ofClient
    .where(sql<boolean>`not coalesce(${isOwn}, false)`)
    .where(sql<boolean>`not (${isRefused})`)
    .limit(most)
    .execute();
  return [...own, ...others];
}

/** The same of one user, the oldest first. */
export function connectionsOfUser(store: Store, clientId: string, zuid: string): Promise<HoldingConnection[]> {
  return store.db
    .selectFrom('connections')
    .select(connectionColumns)
    .where('refresh_token_sealed', 'is not', null)
    .where('client_id', '=', clientId)
    .where('zuid', '=', zuid)
    .orderBy('connected_at')
    .orderBy('name')
    .execute();
}

/** Users and clients with so many connections that have a refresh token, as alerts ask: counted in the database. */
export async function crowdedUsers(store: Store, least: number): Promise<{ client_id: string; zuid: string }[]> {
  const rows = await store.db
    .selectFrom('connections')
    .select(['client_id', 'zuid'])
    .where('refresh_token_sealed', 'is not', null)
    .where('zuid', 'is not', null)
    .groupBy(['client_id', 'zuid'])
    .having(({ fn }) => fn.countAll(), '>=', least)
    .execute();
  return rows.flatMap(({ client_id, zuid }) => (zuid === null ? [] : [{ client_id, zuid }]));
}

/** When any connection of the client in this data centre last got a token; null when none has. */
export async function lastSuccess(store: Store, clientId: string, dataCenter: DataCenterCode): Promise<string | null> {
  const row = await store.db
    .selectFrom('connections')
    .select(({ fn }) => fn.max('refreshed_at').as('last'))
    .where('client_id', '=', clientId)
    .where('data_center', '=', dataCenter)
    .executeTakeFirst();
  return row?.last ?? null;
}

/** Tokens that are no longer used and still have to be revoked. */
export function revocationsDue(store: Store, clientId: string | null): Promise<DueRevocation[]> {
  return store.db
    .selectFrom('revocations')
    .select(revocationColumns)
    .$if(clientId !== null, (query) => query.where('client_id', '=', clientId ?? ''))
    .execute();
}

/** Reconnects whose new token waits for a second yes. */
export function flowsWaiting(store: Store, clientId: string | null): Promise<WaitingFlow[]> {
  return store.db
    .selectFrom('flows')
    .select(['connection_name', 'client_id', 'updated_at'])
    .where('status', '=', 'unconfirmed')
    .$if(clientId !== null, (query) => query.where('client_id', '=', clientId ?? ''))
    .execute();
}
