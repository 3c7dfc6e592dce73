import { randomBytes, randomUUID } from 'node:crypto';
import { addConnection, type AccessToken, type NewConnection } from '../../src/store/connections';
import { addFlow, findFlowByState, type NewFlow } from '../../src/store/flows';
import type { ConnectionRow, FlowRow } from '../../src/store/schema';
import { openStore } from '../../src/store/open';
import type { OpenStore, Store } from '../../src/store/store';
import type { FreshDatabase } from '../support/postgres';

/** A key list as ENCRYPTION_KEYS takes it. */
export function someKeys(id = 'k1'): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

/** One store for the tests of a describe block, which therefore use names of their own. */
export function useStore(freshUrl: FreshDatabase): () => OpenStore {
  let store: OpenStore;
  beforeAll(async () => {
    store = await openStore(await freshUrl(), someKeys());
  });
  afterAll(() => store.close());
  return () => store;
}

/** An ISO time: the given number of seconds after a fixed moment. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
}

export function token(): string {
  return `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`;
}

export function someAccess(change: Partial<AccessToken> = {}): AccessToken {
  return { token: token(), expiresAt: at(3600), life: 3600, receivedAt: at(0), requestedBy: 'connect', ...change };
}

export function someGrant(change: Partial<NewConnection> = {}): NewConnection {
  return {
    name: `c-${randomUUID().slice(0, 8)}`,
    clientId: '1000.CLIENT',
    dataCenter: 'eu',
    askedDataCenter: 'eu',
    apiDomain: 'https://www.zohoapis.eu',
    environment: 'production',
    scopes: ['ZohoCRM.modules.ALL', 'AaaServer.profile.Read'],
    askedScopes: ['ZohoCRM.modules.ALL', 'AaaServer.profile.Read'],
    account: {
      zuid: '60012340001',
      userName: 'Maria',
      userEmail: 'maria@example.com',
      organisation: null,
      organisationId: null,
    },
    refreshToken: token(),
    access: someAccess(),
    ...change,
  };
}

export async function added(store: Store, change: Partial<NewConnection> = {}): Promise<ConnectionRow> {
  const row = await addConnection(store, someGrant(change), at(0));
  if (!row) throw new Error('the name was taken');
  return row;
}

export async function started(store: Store, change: Partial<NewFlow> = {}, time = at(0)): Promise<FlowRow> {
  const flow = {
    state: randomBytes(32).toString('base64url'),
    sessionId: 'session',
    connectionName: `c-${randomUUID().slice(0, 8)}`,
    clientId: '1000.CLIENT',
    dataCenter: 'us' as const,
    scopes: ['ZohoCRM.modules.ALL'],
    redirectUri: 'http://localhost:3000/oauth/callback',
    verifier: 'v'.repeat(43),
    linkId: null,
    ...change,
  };
  await addFlow(store, flow, time);
  const row = await findFlowByState(store, flow.state);
  if (!row) throw new Error('the flow was not stored');
  return row;
}

/** Runs `work` that many times at once and returns what each came to. */
export function atOnce<Result>(times: number, work: (n: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: times }, (_, n) => work(n)));
}
