import { connect, expectRecovery, expire } from '../rig';
import type { Trap } from '../trap';

export const lostAnswer: Trap = {
  name: 'lost-answer',
  about: 'The line breaks when Zoho has answered: the refresh token is as good as before, and is to be used again.',
  settings: { accessTokenLife: 2 },
  async play(rig) {
    await connect(rig);
    await expire(rig);
    rig.control.faults.inject({ endpoint: 'refresh', kind: 'reset_mid_body', processed: true });
    await expectRecovery(rig, 'after the answer to a refresh had been lost');
  },
};
