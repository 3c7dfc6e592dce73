import { connect, expectRecovery, expire } from '../rig';
import type { Trap } from '../trap';

export const keptRefreshToken: Trap = {
  name: 'kept-refresh-token',
  about: 'A refresh brings no new refresh token: the old one stays good, and must not be stored over by nothing.',
  settings: { accessTokenLife: 2 },
  async play(rig) {
    await connect(rig);
    for (const when of ['an hour', 'two hours', 'three hours']) {
      await expire(rig);
      await expectRecovery(rig, `${when} after the connect`);
    }
  },
};
