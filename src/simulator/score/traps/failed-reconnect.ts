import { openBrowser } from '../browser';
import { connect, consent, expectRecovery, expire } from '../rig';
import type { Trap } from '../trap';

export const failedReconnect: Trap = {
  name: 'failed-reconnect',
  about: 'A person declines, or Zoho refuses the code, while a connection is in use: it has to stay as it was.',
  settings: { accessTokenLife: 2 },
  async play(rig) {
    await connect(rig);
    const browser = openBrowser(rig.origin);
    await browser.open(await consent(rig, browser, { accept: false }));
    await expire(rig);
    await expectRecovery(rig, 'after a person had declined to connect again');
    rig.control.faults.inject({ endpoint: 'exchange', kind: 'general_error' });
    await browser.open(await consent(rig, browser));
    await expire(rig);
    await expectRecovery(rig, 'after Zoho had refused to connect again');
  },
};
