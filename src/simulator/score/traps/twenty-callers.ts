import { Lost } from '../lost';
import { connect, expectToken, expire } from '../rig';
import type { Trap } from '../trap';

const callers = 20;

export const twentyCallers: Trap = {
  name: 'twenty-callers',
  about:
    'Twenty callers find the token dead at once: ten requests would use up what Zoho gives in ten minutes, one is right.',
  settings: { accessTokenLife: 5 },
  async play(rig) {
    const { control } = rig;
    await connect(rig);
    await expectToken(rig, 'after the connect');
    await expire(rig);
    control.clearRequests();
    control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 1000, times: callers });
    const ask = () => expectToken(rig, `for one of ${callers} callers at once`);
    const asked = Array.from({ length: callers }, ask);
    await Promise.allSettled(asked);
    const refreshes = control.count({ endpoint: 'refresh' });
    if (refreshes > 1) throw new Lost(`It asked Zoho for ${refreshes} tokens when ${callers} callers came at once.`);
    await Promise.all(asked);
  },
};
