import { beginConnect, beginReconnect, complete } from '../../src/connections/connect';
import { getConnection } from '../../src/connections/connections';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config';
import { type Keeper as Parts, openKeeper } from '../../src/keeper';
import { type Simulator, startSimulator } from '../../src/simulator/simulator';
import { markUsed } from '../../src/store/connections';
import { iso } from '../../src/lib/time';
import { listLog, testClient } from './app';
import { someName } from './person';

export interface Keeper extends Parts {
  readonly simulator: Simulator;
  readonly logged: string[];
  /** Moves the clocks of all instances and the simulator's. */
  advance(seconds: number): void;
  /** Connects as a person would and returns the name. `used` says that a program has asked for its token just now. */
  connection(options?: { used?: boolean; scopes?: string[]; userIn?: 'us' | 'eu' }): Promise<string>;
  /** Accepts at Zoho again. */
  reconnect(name: string): Promise<void>;
  /** Everybody removes the app at Zoho: all refresh tokens die. */
  revokeAtZoho(): void;
  /** Another process on the same database, as far as that can be had in one. */
  another(): Promise<Parts>;
  stop(): Promise<void>;
}

/** All parts of the Keeper on a fresh SQLite file and a simulated Zoho, without server and timers: a clock to move by hand. */
export async function startKeeper(): Promise<Keeper> {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-test-'));
  const redirectUri = 'http://localhost:3000/oauth/callback';
  const simulator = await startSimulator({
    dataCenters: ['us', 'eu'],
    clients: [{ ...testClient, redirectUris: [redirectUri], dataCenter: 'us', name: 'Test client' }],
  });
  const config = readConfig({
    ZOHO_CLIENT_ID: testClient.id,
    ZOHO_CLIENT_SECRET: testClient.secret,
    ZOHO_ACCOUNTS_URLS: Object.entries(simulator.urls)
      .map(([code, address]) => `${code}=${address}`)
      .join(','),
    DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}`,
  });
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead * 1000);
  const logged: string[] = [];
  const parts = await openKeeper(config, listLog(logged), now);
  const instances = [parts];
  const me = { name: 'person', ip: null };
  return {
    ...parts,
    simulator,
    logged,
    advance(seconds) {
      ahead += seconds;
      simulator.control.advance(seconds);
    },
    async connection({ used = false, scopes = ['ZohoCRM.org.READ'], userIn = 'us' } = {}) {
      const name = someName();
      const request = { name, scopes, dataCenter: 'us', sessionId: 's' } as const;
      await accept(await beginConnect(parts, request, me), userIn);
      if (used) await markUsed(parts.store, (await getConnection(parts, name)).id, iso(now()));
      return name;
    },
    async reconnect(name) {
      await accept(await beginReconnect(parts, await getConnection(parts, name), 's', me));
    },
    revokeAtZoho() {
      for (const { zuid } of simulator.control.users()) simulator.control.removeApp(zuid, testClient.id);
    },
    async another() {
      const instance = await openKeeper(config, listLog(logged), now);
      instances.push(instance);
      return instance;
    },
    async stop() {
      await Promise.all(instances.map((instance) => instance.close()));
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  async function accept(address: string, userIn = 'us'): Promise<void> {
    const user = simulator.control.users().find((known) => known.dataCenter === userIn);
    const callback = new URL(simulator.control.authorize(address, user ? { zuid: user.zuid } : {})).searchParams;
    const answer = (key: string): string | undefined => callback.get(key) ?? undefined;
    const outcome = await complete(
      parts,
      {
        state: answer('state'),
        code: answer('code'),
        error: answer('error'),
        location: answer('location'),
        accountsServer: answer('accounts-server'),
      },
      's',
      me,
    );
    if (outcome.kind !== 'connected') throw new Error(`connecting ended as ${outcome.kind}`);
  }
}
