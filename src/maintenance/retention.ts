import type { Context } from '../context';
import { addSeconds, iso } from '../lib/time';
import { forgetAlertsBefore } from '../store/alerts';
import { forgetBreakagesBefore } from '../store/breakages';
import { failedSignInMemory, forgetFailedSignInsBefore } from '../store/failed-sign-ins';
import { forgetFlowsBefore } from '../store/flows';
import { forgetLinksBefore } from '../store/links';
import { forgetRefreshesBefore } from '../store/refreshes';
import { forgetSessionsBefore } from '../store/sessions';
import { forgetTokenUses } from '../store/token-uses';
import { takeTurn } from '../store/turns';

const day = 24 * 3600;

/** By one instance an hour, however many there are. */
export async function forgetOldRows({ store, now }: Context): Promise<void> {
  const times = { now: iso(now()), until: iso(addSeconds(now(), 3500)) };
  if (!(await takeTurn(store, 'clean-up', times))) return;
  const before = (seconds: number): string => iso(addSeconds(now(), -seconds));
  await forgetSessionsBefore(store, before(0));
  await forgetFailedSignInsBefore(store, before(failedSignInMemory));
  await forgetFlowsBefore(store, before(day));
  await forgetLinksBefore(store, before(30 * day));
  await forgetAlertsBefore(store, before(30 * day));
  await forgetBreakagesBefore(store, before(30 * day));
  await forgetRefreshesBefore(store, before(30 * day));
  await forgetTokenUses(store, before(2 * day), before(31 * day));
}
