import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AuthorizationRefused } from '../accounts/authorization';
import { listen } from '../http/listener';
import { startSimulator, type Simulator } from '../simulator';
import type { Settings } from '../state/settings';
import { ask } from './ask';
import { gone, openBrowser, type Browser } from './browser';
import { startClient, type Environment, type Running } from './client';
import { Lost } from './lost';

/** A client under test, beside a simulator of its own. */
export interface Rig extends Pick<Simulator, 'control'> {
  readonly zoho: Readonly<Record<'us' | 'eu', string>>;
  readonly registered: { readonly id: string; readonly secret: string; readonly redirectUri: string };
  readonly origin: string;
  restart(): Promise<void>;
  end(): Promise<void>;
}

interface Choice {
  readonly zuid?: number;
  readonly accept?: boolean;
}

const scopes = 'ZohoCRM.users.READ,ZohoCRM.org.READ,AaaServer.profile.Read';
/** How long a client may pause after a failure before it asks Zoho again, in milliseconds. */
const recovery = 15_000;

export async function startRig(
  command: readonly string[],
  env: Environment,
  settings: Partial<Settings> = {},
): Promise<Rig> {
  const origin = await freeOrigin();
  const registered = { id: '1000.SCORE', secret: 's'.repeat(42), redirectUri: `${origin}/callback` };
  const { id, secret, redirectUri } = registered;
  const clients = [{ id, secret, redirectUris: [redirectUri], dataCenter: 'us' as const }];
  const simulator = await startSimulator({ dataCenters: ['us', 'eu'], clients, settings });
  const { us = '', eu = '' } = simulator.urls;
  const folder = mkdtempSync(join(tmpdir(), 'zoho-score-'));
  const told = {
    ZOHO_CLIENT_ID: id,
    ZOHO_CLIENT_SECRET: secret,
    ZOHO_REDIRECT_URI: redirectUri,
    ZOHO_ACCOUNTS_URL: us,
    ZOHO_ACCOUNTS_URLS: `us=${us},eu=${eu}`,
    ZOHO_API_URL: simulator.apiUrls.us,
    ZOHO_SCOPES: scopes,
  };
  const start = () => startClient(command, folder, { ...env, ...told }, origin);
  let running: Running | undefined;
  const end = async () => {
    await running?.stop();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const restart = async () => {
    await running?.stop();
    running = undefined;
    running = await start();
  };
  try {
    await restart();
    return { control: simulator.control, zoho: { us, eu }, registered, origin, restart, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function freeOrigin(): Promise<string> {
  const probe = await listen(() => undefined, '127.0.0.1', 0);
  await probe.close();
  return probe.url;
}

/** The whole way, by a browser: `/connect`, consent, callback. Throws Lost when the client does not take Zoho's answer. */
export async function connect(rig: Rig, choice: Choice = {}, browser = openBrowser(rig.origin)): Promise<void> {
  const status = await browser.open(await consent(rig, browser, choice));
  if (status >= 400) throw new Lost(`It refused Zoho's answer with status ${status}.`);
}

/** The way to the callback: its address, as Zoho would send the browser there. */
export async function consent(rig: Rig, browser: Browser, choice: Choice = {}): Promise<string> {
  return authorized(rig, await browser.begin(), choice);
}

export function authorized({ control }: Rig, url: string, choice: Choice = {}): string {
  try {
    return control.authorize(url, choice);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof AuthorizationRefused) throw new Lost(`Zoho refuses what GET /connect asks for: ${reason}`);
    throw new Lost(`GET /connect does not lead to Zoho's consent page: ${reason}.`);
  }
}

/** What `GET /token` gives; undefined when it answers with another status than 200. */
export async function token({ origin }: Rig): Promise<string | undefined> {
  const reply = await ask(`${origin}/token`).catch(gone);
  return reply.status === 200 ? reply.text.trim() : undefined;
}

/** The user whom an access token works for now; undefined when it works for nobody. */
export async function holderOf({ zoho }: Rig, accessToken: string): Promise<number | undefined> {
  // A header cannot hold everything that a client may take for a token.
  if (!/^[\x21-\x7e]+$/.test(accessToken)) return undefined;
  for (const url of Object.values(zoho)) {
    const headers = { authorization: `Zoho-oauthtoken ${accessToken}` };
    const { status, text } = await ask(`${url}/oauth/user/info`, { headers });
    if (status === 200) return Number(/"ZUID":(\d+)/.exec(text)?.[1]);
  }
  return undefined;
}

/** Throws Lost, as `when` says, unless the client gives a token that works, at once. */
export async function expectToken(rig: Rig, when: string): Promise<void> {
  const given = await token(rig);
  if (given === undefined) throw new Lost(`It had no token ${when}.`);
  if ((await holderOf(rig, given)) === undefined) throw new Lost(`It gave out what is no living token ${when}.`);
}

/** The same for a client that may have failed and pauses: it has some seconds to come back, but not to lie meanwhile. */
export async function expectRecovery(rig: Rig, when: string): Promise<void> {
  for (const begun = Date.now(); Date.now() - begun < recovery; await wait(500)) {
    const given = await token(rig);
    if (given === undefined) continue;
    if ((await holderOf(rig, given)) === undefined) throw new Lost(`It gave out what is no living token ${when}.`);
    return;
  }
  throw new Lost(`It had no token any more ${when}.`);
}

/** Waits until the newest access token that can be has ended. */
export async function expire({ control }: Rig): Promise<void> {
  await wait(control.settings.accessTokenLife * 1000 + 250);
}
