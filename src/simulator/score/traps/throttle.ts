import { setTimeout as wait } from 'node:timers/promises';
import { Lost } from '../lost';
import { connect, expectToken, expire, holderOf, token, type Rig } from '../rig';
import type { Trap } from '../trap';

const callers = 10;
/** So many requests may find out that Zoho refuses. */
const probes = 3;

export const throttle: Trap = {
  name: 'throttle',
  about: 'Zoho refuses the 11th token in ten minutes, longer with each further try: wait, and keep the connection.',
  settings: { accessTokenLife: 2 },
  async play(rig) {
    const { control } = rig;
    await connect(rig);
    await expectToken(rig, 'after the connect');
    const { refreshesPerWindow, windowSeconds } = control.settings;
    control.settings.refreshesPerWindow = 0;
    await expire(rig);
    control.clearRequests();
    for (let caller = 0; caller < callers; caller += 1) {
      await expectNoLie(rig, 'while Zoho refused');
      await wait(200);
    }
    const asked = control.count({ endpoint: 'refresh' });
    if (asked > probes)
      throw new Lost(`It asked Zoho ${asked} times for ${callers} callers, although each was refused.`);
    control.settings.refreshesPerWindow = refreshesPerWindow;
    control.advance(windowSeconds);
    control.clearRequests();
    await expectNoLie(rig, 'when Zoho no longer refused');
    expectSameToken(rig);
  },
};

/** No token is an answer: a good client is still waiting for the ten minutes to be over. */
async function expectNoLie(rig: Rig, when: string): Promise<void> {
  const given = await token(rig);
  const isDead = given !== undefined && (await holderOf(rig, given)) === undefined;
  if (isDead) throw new Lost(`It gave out what is no living token ${when}.`);
}

function expectSameToken({ control }: Rig): void {
  const living = new Set(control.livingRefreshTokens().map(({ value }) => value));
  const asked = control.requests({ endpoint: 'refresh' }).map(({ form, query }) => ({ ...query, ...form }));
  const isLost = asked.some(({ refresh_token: value = '' }) => !living.has(value));
  if (isLost) throw new Lost('It had lost its refresh token when Zoho no longer refused.');
}
