import { openBrowser } from '../browser';
import { Lost } from '../lost';
import { authorized, connect, consent, holderOf, token, type Rig } from '../rig';
import type { Trap } from '../trap';

export const forgedState: Trap = {
  name: 'forged-state',
  about: "A link with somebody else's code connects their account, unless state is compared with this browser's.",
  async play(rig) {
    const [victim, attacker] = rig.control.users().map(({ zuid }) => zuid);
    const browser = openBrowser(rig.origin);
    const began = new URL(await browser.begin());
    for (const name of ['state', 'code_challenge', 'code_challenge_method']) began.searchParams.delete(name);
    const foreign = authorized(rig, began.href, { zuid: attacker ?? 0 });
    const another = openBrowser(rig.origin);
    const attempts = {
      'without a state': foreign,
      'with a made-up state': `${foreign.replace(/&$/, '')}&state=${'0'.repeat(32)}`,
      'with the state of another browser': await consent(rig, another, { zuid: attacker ?? 0 }),
    };
    for (const [how, url] of Object.entries(attempts)) {
      await browser.open(url);
      if ((await connectedTo(rig)) === attacker)
        throw new Lost(`It connected somebody else's account by a link ${how}.`);
    }
    await connect(rig, { zuid: victim ?? 0 }, browser);
    if ((await connectedTo(rig)) !== victim) throw new Lost('It had no token after a connect without forgery.');
  },
};

async function connectedTo(rig: Rig): Promise<number | undefined> {
  const given = await token(rig);
  return given === undefined ? undefined : holderOf(rig, given);
}
