import type { Context } from '../context';
import { Problem } from '../lib/problem';
import { addSeconds, iso } from '../lib/time';
import { dismissFlow as dismiss } from '../store/flows';
import type { FlowRow } from '../store/schema';
import { unansweredFlows as findUnanswered } from '../store/unanswered-flows';

export { unfinishedFlows } from '../store/flows';

/** From when on to ask what became of somebody at Zoho, and until when, in seconds. */
const askAfter = 120;
const askUntil = 24 * 3600;

/** Attempts that never came back: Zoho's error pages lead nowhere. Of one session, or of all where it is null. */
export function unansweredFlows({ store, now }: Context, sessionId: string | null): Promise<FlowRow[]> {
  const begunAfter = iso(addSeconds(now(), -askUntil));
  return findUnanswered(store, { begunAfter, begunBefore: iso(addSeconds(now(), -askAfter)), sessionId });
}

/** Throws a Problem when it came back after all, was dismissed, or is another session's. */
export async function unansweredFlow(context: Context, id: string, sessionId: string | null): Promise<FlowRow> {
  const flow = (await unansweredFlows(context, sessionId)).find((one) => one.id === id);
  if (flow) return flow;
  const sentence = 'There is no attempt to connect here that waits for Zoho.';
  throw new Problem(404, 'not_found', sentence, 'Look at the dashboard, or begin another one there.');
}

export async function dismissFlow({ store, now }: Context, id: string): Promise<void> {
  await dismiss(store, id, iso(now()));
}
