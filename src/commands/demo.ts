import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config/config';
import type { Log } from '../lib/log';
import { startServer } from '../server';
import { startSimulator } from '../simulator/simulator';

const client = { id: '1000.DEMO0CLIENT0OF0THE0TOKEN0KEEPER0', secret: 'd'.repeat(42) };

/** With a simulated Zoho, and a database that is deleted at the end. `words` says where to look. */
export async function runDemo(port: string | undefined, log: Log): Promise<{ words: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'zoho-token-keeper-demo-'));
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const baseUrl = `http://localhost:${port ?? '3000'}`;
    const redirectUris = [`${baseUrl}/oauth/callback`];
    const simulator = await startSimulator({
      clients: [{ ...client, redirectUris, dataCenter: 'us', name: 'Token Keeper demo' }],
    });
    const urls = Object.entries(simulator.urls).map(([code, url]) => `${code}=${url}`);
    const config = readConfig({
      ...(port !== undefined && { PORT: port }),
      ZOHO_CLIENT_ID: client.id,
      ZOHO_CLIENT_SECRET: client.secret,
      ZOHO_ACCOUNTS_URLS: urls.join(','),
      DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}`,
      LOG_LEVEL: 'error',
    });
    const server = await startServer(config, log).catch(async (error: unknown) => {
      await simulator.close();
      throw error;
    });
    const close = async (): Promise<void> => {
      await server.close();
      await simulator.close();
      forget();
    };
    return { words: greeting(baseUrl, simulator.urls.us ?? ''), close };
  } catch (error) {
    forget();
    throw error;
  }
}

function greeting(baseUrl: string, zohoUrl: string): string {
  return [
    '',
    '  The Keeper is running with a simulated Zoho. Nothing leaves this computer, nothing is kept.',
    '',
    `  Open    ${baseUrl}`,
    `  “Zoho”  ${zohoUrl}`,
    '',
    '  Ctrl+C ends it.',
    '',
    '',
  ].join('\n');
}
