import { connect, expectRecovery, expire } from '../rig';
import type { Trap } from '../trap';

export const restart: Trap = {
  name: 'restart',
  about: 'A refresh token has no end, so nobody has to consent again because a program was started anew.',
  settings: { accessTokenLife: 2 },
  async play(rig) {
    await connect(rig);
    await rig.restart();
    await expire(rig);
    await expectRecovery(rig, 'after a restart');
  },
};
