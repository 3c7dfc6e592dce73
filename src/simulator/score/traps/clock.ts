import { setTimeout as wait } from 'node:timers/promises';
import { connect, expectRecovery } from '../rig';
import type { Trap } from '../trap';

/** In seconds. */
const life = 6;
const late = 3;

export const clock: Trap = {
  name: 'clock',
  about: "A token's life begins by Zoho's clock, seconds before a slow answer comes: do not count on the last ones.",
  settings: { accessTokenLife: life },
  async play(rig) {
    rig.control.faults.inject({ endpoint: 'exchange', kind: 'slow', delay_ms: late * 1000 });
    await connect(rig);
    // Dead for a second at Zoho, and alive for two more to those who count from the answer.
    await wait((life - late + 1) * 1000);
    await expectRecovery(rig, 'in the last seconds of its life as counted from the answer');
  },
};
