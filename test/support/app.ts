import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../../src/config/config';
import type { Log } from '../../src/lib/log';
import { type RunningServer, startServer } from '../../src/server';
import { type Simulator, startSimulator } from '../../src/simulator/simulator';

export const testClient = {
  id: '1000.TESTCLIENT000000000000000000000',
  secret: '0123456789abcdef0123456789abcdef0123456789',
};

export interface TestApp {
  readonly url: string;
  readonly config: Config;
  readonly simulator: Simulator;
  readonly folder: string;
  /** Log lines so far, as they would stand on stdout. */
  readonly logged: string[];
  /** Moves the Keeper's clock and the simulator's. */
  advance(seconds: number): void;
  /** Sets the Keeper's clock wrong (or right again) by so many seconds; the simulator's goes on as it was. */
  shiftClock(seconds: number): void;
  /** Stops the Keeper and starts it again on the same database; the simulator goes on. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  readonly server: RunningServer;
}

/** The real app over HTTP with a fresh SQLite file and a simulated Zoho in us, eu, in and ca. `env` overrides settings. */
export async function startApp(env: Record<string, string> = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-test-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const redirectUris = [`${url}/oauth/callback`, ...(env['ZOHO_REDIRECT_URI'] ? [env['ZOHO_REDIRECT_URI']] : [])];
  const simulator = await startSimulator({
    dataCenters: ['us', 'eu', 'in', 'ca'],
    clients: [{ ...testClient, redirectUris, dataCenter: 'us', name: 'Test client' }],
  });
  const config = readConfig({
    PORT: String(port),
    ZOHO_CLIENT_ID: testClient.id,
    ZOHO_CLIENT_SECRET: testClient.secret,
    ZOHO_ACCOUNTS_URLS: Object.entries(simulator.urls)
      .map(([code, address]) => `${code}=${address}`)
      .join(','),
    DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}`,
    ...env,
  });
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead * 1000);
  const logged: string[] = [];
  let server = await startServer(config, listLog(logged), now);
  return {
    url,
    config,
    simulator,
    folder,
    logged,
    get server() {
      return server;
    },
    advance(seconds) {
      ahead += seconds;
      simulator.control.advance(seconds);
    },
    shiftClock(seconds) {
      ahead += seconds;
    },
    async restart() {
      await server.close();
      server = await startServer(config, listLog(logged), now);
    },
    async stop() {
      await server.close();
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function listLog(lines: string[]): Log {
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push(JSON.stringify({ level, ...fields, message }));
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** A port that nobody uses, from below the range that the system hands out to others, and none that browsers refuse. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_100, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
