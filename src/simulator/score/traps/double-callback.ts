import { openBrowser } from '../browser';
import { consent, expectRecovery, expectToken, expire } from '../rig';
import type { Trap } from '../trap';

export const doubleCallback: Trap = {
  name: 'double-callback',
  about: 'Browsers load pages twice, and Zoho takes a code once: the refusal must not replace the tokens.',
  settings: { accessTokenLife: 2 },
  async play(rig) {
    const browser = openBrowser(rig.origin);
    const callback = await consent(rig, browser);
    await Promise.all([browser.open(callback), browser.open(callback)]);
    await browser.open(callback);
    await expectToken(rig, 'after the callback had been loaded three times');
    await expire(rig);
    await expectRecovery(rig, 'an hour after the callback had been loaded three times');
  },
};
