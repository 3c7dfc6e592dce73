import { openBrowser } from '../browser';
import { Lost } from '../lost';
import { connect, consent, expectToken } from '../rig';
import { startStranger } from '../stranger';
import type { Trap } from '../trap';

export const forgedAccountsServer: Trap = {
  name: 'forged-accounts-server',
  about: 'Anybody can name a host in the address of the callback: the client secret must not be sent there.',
  async play(rig) {
    const stranger = await startStranger();
    try {
      const browser = openBrowser(rig.origin);
      for (const location of ['us', 'zz']) {
        const callback = new URL(await consent(rig, browser));
        callback.searchParams.set('location', location);
        callback.searchParams.set('accounts-server', stranger.url);
        await browser.open(callback.href);
        const secrets = [rig.registered.secret, ...rig.control.minted().map(({ value }) => value)];
        const heard = stranger.heard();
        if (secrets.some((secret) => heard.includes(secret)))
          throw new Lost('It sent a secret to the host that somebody had written into the address of the callback.');
      }
      await connect(rig, {}, browser);
      await expectToken(rig, 'after a connect without forgery');
    } finally {
      await stranger.close();
    }
  },
};
