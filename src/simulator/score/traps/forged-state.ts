import { openBrowser } from '../browser';
import { Lost } from '../lost';
import { connect, consent, holderOf, token, type Rig } from '../rig';
import type { Trap } from '../trap';

const forgeries: Readonly<Record<string, (query: URLSearchParams) => void>> = {
  'without a state': (query) => query.delete('state'),
  'with a made-up state': (query) => query.set('state', '0'.repeat(32)),
  'with the state of another browser': () => undefined,
};

export const forgedState: Trap = {
  name: 'forged-state',
  about: "A link with somebody else's code connects their account, unless state or PKCE bind it to this browser.",
  async play(rig) {
    const [victim, attacker] = rig.control.users().map(({ zuid }) => zuid);
    const browser = openBrowser(rig.origin);
    await browser.begin();
    for (const [how, forge] of Object.entries(forgeries)) {
      const url = new URL(await consent(rig, openBrowser(rig.origin), { zuid: attacker ?? 0 }));
      forge(url.searchParams);
      await browser.open(url.href);
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
