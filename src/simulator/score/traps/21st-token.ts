import { setTimeout as wait } from 'node:timers/promises';
import { ask } from '../ask';
import { Lost } from '../lost';
import { authorized, connect, expectToken, type Rig } from '../rig';
import type { Trap } from '../trap';

/** With that of the client, these and one more, six short of what Zoho keeps. */
const others = 12;
const reconnects = 7;

export const twentyFirstToken: Trap = {
  name: '21st-token',
  about:
    'Zoho keeps 20 refresh tokens of a user and silently ends the oldest: a reconnect has to revoke what it replaces.',
  // More than Zoho gives, so that nobody has to wait ten minutes.
  settings: { codesPerWindow: 100 },
  async play(rig) {
    const oldest = await connectElsewhere(rig);
    await connect(rig);
    await expectToken(rig, 'after the connect');
    for (let count = 0; count < others; count += 1) await connectElsewhere(rig);
    for (let count = 0; count < reconnects; count += 1) {
      await connect(rig);
      // Revoking may come after the answer to the browser.
      await wait(300);
    }
    const isAlive = rig.control.livingRefreshTokens().some(({ value }) => value === oldest);
    if (!isAlive) throw new Lost(`By ${reconnects} reconnects it ended the connection of another installation.`);
    await expectToken(rig, `after ${reconnects} reconnects`);
  },
};

/** Another installation of the same client and user: its refresh token. */
async function connectElsewhere(rig: Rig): Promise<string> {
  const { id, secret, redirectUri } = rig.registered;
  const parameters = { client_id: id, redirect_uri: redirectUri, access_type: 'offline', prompt: 'consent' };
  const query = new URLSearchParams({ ...parameters, response_type: 'code', scope: 'ZohoCRM.org.READ' });
  const callback = new URL(authorized(rig, `${rig.zoho.us}/oauth/v2/auth?${query.toString()}`));
  const code = callback.searchParams.get('code') ?? '';
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
  await ask(`${rig.zoho.us}/oauth/v2/token`, { form: { ...grant, client_id: id, client_secret: secret } });
  return rig.control.livingRefreshTokens(id).at(-1)?.value ?? '';
}
