import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createBrowser } from './browser.mjs';

/**
 * Runs a client of this folder at `zoho`, whose access tokens live for `life` seconds: connects it, takes a token, another
 * one after one and two of these lives, and connects a person of another data centre. Resolves with a word for each.
 */
export async function tryClient(file, zoho, life) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const client = { id: `1000.${file}`, secret: 's3cret', redirectUris: [`${base}/callback`], dataCenter: 'us' };
  zoho.control.addClient(client);
  const cwd = mkdtempSync(join(tmpdir(), 'client-'));
  const env = { PATH: process.env.PATH, ...settings(client, zoho) };
  const child = spawn(fileURLToPath(new URL(file, import.meta.url)), { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (part) => (errors += part));
  try {
    for (const end = Date.now() + 60_000; !(await isUp(base)); await pause(50)) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`${file} does not listen: ${errors}`);
    }
    return await steps({ base, client, zoho, life });
  } finally {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(cwd, { recursive: true });
  }
}

/** What every client of this folder is started with. */
function settings({ id, secret, redirectUris: [redirectUri] }, { urls, apiUrls }) {
  const accountsUrls = Object.entries(urls).map((pair) => pair.join('='));
  return {
    ZOHO_CLIENT_ID: id,
    ZOHO_CLIENT_SECRET: secret,
    ZOHO_REDIRECT_URI: redirectUri,
    ZOHO_ACCOUNTS_URL: urls.us,
    ZOHO_ACCOUNTS_URLS: accountsUrls.join(),
    ZOHO_API_URL: apiUrls.us,
    ZOHO_SCOPES: 'ZohoCRM.modules.READ,ZohoCRM.org.READ',
  };
}

async function freePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}

async function isUp(base) {
  return (await fetch(`${base}/token`).catch(() => null)) !== null;
}

async function steps({ base, client, zoho, life }) {
  const home = () => token('us');
  const connected = await step(() => connect('us'));
  const first = await step(home);
  await pause(life * 1000 + 500);
  const second = await step(home);
  await pause(life * 1000 + 500);
  const third = await step(home);
  const abroad = await step(async () => {
    const status = await connect('eu');
    return status < 400 ? token('eu') : status;
  });
  return [connected, first, second, third, abroad, manners()];

  /** Yes, or what the client asked Zoho for meanwhile. */
  async function step(work) {
    const before = requests().length;
    const status = await work();
    if (status === 200) return 'yes';
    const asked = requests().slice(before).at(-1);
    if (asked === undefined) return 'no: asks for nothing';
    if (asked.form.grant_type === 'authorization_code') return `no: redeems the code at \`${asked.dataCenter}\``;
    return `no: refreshes with${asked.form.refresh_token ? '' : 'out'} a refresh token`;
  }

  /** The status that the person sees at the end. */
  async function connect(dataCenter) {
    const { zuid } = zoho.control.users().find((user) => user.dataCenter === dataCenter);
    return createBrowser(zuid).connect(`${base}/connect`);
  }

  /** CRM's status for the token that the client gives, or the client's where it gives none. */
  async function token(dataCenter) {
    const answer = await fetch(`${base}/token`);
    if (!answer.ok) return answer.status;
    const headers = { Authorization: `Zoho-oauthtoken ${await answer.text()}` };
    return (await fetch(`${zoho.apiUrls[dataCenter]}/crm/v8/org`, { headers })).status;
  }

  function requests() {
    return zoho.control.requests({ clientId: client.id, endpoint: 'token' });
  }

  function manners() {
    const [{ query }] = zoho.control.requests({ clientId: client.id, endpoint: 'authorize' });
    const [{ headers }] = requests();
    const form = headers['content-type'].split(';')[0].split('/')[1];
    const secret = 'authorization' in headers ? 'Basic' : form === 'form-data' ? 'multipart' : 'form';
    return [query.state && 'state', query.code_challenge && 'PKCE', secret].filter(Boolean).join(', ');
  }
}
