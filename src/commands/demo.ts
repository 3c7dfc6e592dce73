import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config/config';
import { command } from '../lib/installation';
import type { Log } from '../lib/log';
import { addSeconds } from '../lib/time';
import { startServer } from '../server';
import { startSimulator } from '../simulator/simulator';
import { addExamples, exampleSeconds } from './demo-connections';

const client = { id: '1000.DEMO0CLIENT0OF0THE0TOKEN0KEEPER0', secret: 'd'.repeat(42) };
const usualPort = 3000;

/**
 * With a simulated Zoho, and a database that is deleted at the end. Without `port`, the first free one from 3000 on.
 * `words` says where to look.
 */
export async function runDemo(
  port: string | undefined,
  log: Log,
  withConnections = false,
): Promise<{ words: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'zoho-token-keeper-demo-'));
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const chosen = port ?? String(await freePort(usualPort));
    const baseUrl = `http://localhost:${chosen}`;
    const redirectUris = [`${baseUrl}/oauth/callback`];
    const simulator = await startSimulator({
      clients: [{ ...client, redirectUris, dataCenter: 'us', name: 'Token Keeper demo' }],
    });
    const { control, urls } = simulator;
    const zohoUrl = urls.us ?? '';
    const config = readConfig({
      PORT: chosen,
      ZOHO_CLIENT_ID: client.id,
      ZOHO_CLIENT_SECRET: client.secret,
      ZOHO_ACCOUNTS_URLS: Object.entries(urls)
        .map(([code, url]) => `${code}=${url}`)
        .join(','),
      DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}`,
      LOG_LEVEL: 'error',
    });
    // One clock for both, so that an hour later is so for both. The examples come from a month ago, and catch up.
    const behind = withConnections ? exampleSeconds : 0;
    const now = (): Date => addSeconds(new Date(control.now()), -behind);
    const server = await startServer({ ...config, demoZohoUrl: zohoUrl }, log, now).catch(async (error: unknown) => {
      await simulator.close();
      throw error;
    });
    const close = async (): Promise<void> => {
      await server.close();
      await simulator.close();
      forget();
    };
    if (withConnections) await addExamples(server.keeper, control);
    return { words: greeting(baseUrl, zohoUrl, withConnections), close };
  } catch (error) {
    forget();
    throw error;
  }
}

/** `from` itself when nobody uses it at either address of this computer. */
async function freePort(from: number): Promise<number> {
  const isFree = (await isFreeAt(from, '127.0.0.1')) && (await isFreeAt(from, '::1'));
  return isFree || from >= usualPort + 100 ? from : freePort(from + 1);
}

function isFreeAt(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', ({ message }) => resolve(!message.includes('EADDRINUSE')));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

function greeting(baseUrl: string, zohoUrl: string, withConnections: boolean): string {
  return [
    '',
    '  The Keeper is running with a simulated Zoho. Nothing leaves this computer, nothing is kept.',
    '',
    `  Open    ${baseUrl}`,
    `  “Zoho”  ${zohoUrl}   (buttons: an hour later, tokens revoked, Zoho down, too many requests)`,
    '',
    ...(withConnections ? [] : [`  With some connections to look at:  ${command} demo --with-connections`, '']),
    '  Ctrl+C ends it.',
    '',
    '',
  ].join('\n');
}
