import { connect, expectRecovery, expire } from '../rig';
import type { Trap } from '../trap';

export const errorsWith200: Trap = {
  name: 'errors-with-200',
  about: 'Zoho says most errors with status 200: an error must not be taken for tokens, nor stored in their place.',
  settings: { accessTokenLife: 2 },
  async play(rig) {
    await connect(rig);
    await expire(rig);
    rig.control.faults.inject({ endpoint: 'refresh', kind: 'general_error' });
    await expectRecovery(rig, 'after an error that came with status 200');
    await expire(rig);
    await expectRecovery(rig, 'an hour after an error that came with status 200');
  },
};
