import { beginConnect, beginReconnect, complete } from '../../src/connections/connect';
import { getConnection } from '../../src/connections/connections';
import { readConfig } from '../../src/config/config';
import { type Keeper, openKeeper } from '../../src/keeper';
import { iso } from '../../src/lib/time';
import type { Simulator } from '../../src/simulator/simulator';
import { markUsed } from '../../src/store/access-tokens';
import { someName } from './person';
import { createSite, testClient } from './site';
import { listLog, testClock } from './start';

export interface TestKeeper extends Keeper {
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
  another(): Promise<Keeper>;
  stop(): Promise<void>;
}

/** A Keeper in this process without server and jobs, with a clock to move by hand. */
export async function withoutServer(env: Readonly<Record<string, string>> = {}): Promise<TestKeeper> {
  const site = await createSite(env);
  const { simulator } = site;
  const config = readConfig(site.env);
  const clock = testClock(simulator);
  const logged: string[] = [];
  const parts = await openKeeper(config, listLog(logged), clock.now);
  const instances = [parts];
  const me = { name: 'person', ip: null };
  return {
    ...parts,
    simulator,
    logged,
    advance: clock.advance,
    async connection({ used = false, scopes = ['ZohoCRM.org.READ'], userIn = 'us' } = {}) {
      const name = someName();
      const request = { name, scopes, dataCenter: 'us', sessionId: 's' } as const;
      await accept(await beginConnect(parts, request, me), userIn);
      if (used) await markUsed(parts.store, (await getConnection(parts, name)).id, iso(clock.now()));
      return name;
    },
    async reconnect(name) {
      const request = { sessionId: 's', clientId: '', scopes: null };
      await accept(await beginReconnect(parts, await getConnection(parts, name), request, me));
    },
    revokeAtZoho() {
      for (const { zuid } of simulator.control.users()) simulator.control.removeApp(zuid, testClient.id);
    },
    async another() {
      const instance = await openKeeper(config, listLog(logged), clock.now);
      instances.push(instance);
      return instance;
    },
    async stop() {
      await Promise.all(instances.map((instance) => instance.close()));
      await site.remove();
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
