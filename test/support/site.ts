import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../src/simulator/simulator';
import type { DataCenterCode } from '../../src/zoho/data-centers';

export const testClient = {
  id: '1000.TESTCLIENT000000000000000000000',
  secret: '0123456789abcdef0123456789abcdef0123456789',
};

/** A place for the Keeper to run at: a port, a folder with a fresh SQLite file, and a simulated Zoho. */
export interface Site {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly simulator: Simulator;
  /** All settings of a Keeper that runs here. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the simulated Zoho and removes the folder. */
  remove(): Promise<void>;
}

/** A site with data centres in us, eu, in and ca, or those that are given. `env` overrides settings. */
export async function createSite(
  env: Readonly<Record<string, string>> = {},
  dataCenters: readonly DataCenterCode[] = ['us', 'eu', 'in', 'ca'],
): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-test-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const redirectUris = [`${url}/oauth/callback`, ...(env['ZOHO_REDIRECT_URI'] ? [env['ZOHO_REDIRECT_URI']] : [])];
  const simulator = await startSimulator({
    dataCenters,
    clients: [{ ...testClient, redirectUris, dataCenter: 'us', name: 'Test client' }],
  });
  const accounts = Object.entries(simulator.urls).map(([code, address]) => `${code}=${address}`);
  return {
    url,
    port,
    folder,
    simulator,
    env: {
      PORT: String(port),
      ZOHO_CLIENT_ID: testClient.id,
      ZOHO_CLIENT_SECRET: testClient.secret,
      ZOHO_ACCOUNTS_URLS: accounts.join(','),
      DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}`,
      ...env,
    },
    async remove() {
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nobody uses, from below the range that the system hands out to others, and none that browsers refuse. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_100, 32_000);
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) return port;
  }
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', ({ message }) => resolve(!message.includes('EADDRINUSE')));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
