import { connect, expectToken, expectRecovery, expire, type Rig } from '../rig';
import type { Trap } from '../trap';

export const otherDataCentre: Trap = {
  name: 'other-data-centre',
  about: 'Who lives in another data centre comes back with its name: codes and refresh tokens are good there only.',
  settings: { accessTokenLife: 2 },
  async play(rig) {
    await connect(rig, { zuid: europeanOf(rig) });
    await expectToken(rig, 'for a user of another data centre');
    await expire(rig);
    await expectRecovery(rig, 'an hour later, for a user of another data centre');
  },
};

function europeanOf({ control }: Rig): number {
  return control.users().find(({ dataCenter }) => dataCenter === 'eu')?.zuid ?? 0;
}
