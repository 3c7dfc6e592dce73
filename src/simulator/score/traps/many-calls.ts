import { setTimeout as wait } from 'node:timers/promises';
import { connect, expectToken } from '../rig';
import { Lost } from '../lost';
import type { Trap } from '../trap';

const calls = 30;

export const manyCalls: Trap = {
  name: 'many-calls',
  about: 'A token lives for an hour, and Zoho gives ten in ten minutes: one has to do for all calls.',
  async play(rig) {
    await connect(rig);
    for (let call = 0; call < calls; call += 1) await expectToken(rig, `at call ${call + 1} of ${calls}`);
    // Whoever takes the 3600 for milliseconds renews the token every 3.6 seconds.
    for (const when of ['four seconds later', 'eight seconds later']) {
      await wait(4000);
      await expectToken(rig, when);
    }
    const refreshes = rig.control.count({ endpoint: 'refresh' });
    if (refreshes > 1) throw new Lost(`It fetched ${refreshes} new tokens within seconds, while the first one lived.`);
  },
};
