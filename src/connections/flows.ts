import type { Context } from '../context';
import { iso } from '../lib/time';
import { dismissFlow as dismiss } from '../store/flows';

export { unfinishedFlows } from '../store/flows';

export async function dismissFlow({ store, now }: Context, id: string): Promise<void> {
  await dismiss(store, id, iso(now()));
}
