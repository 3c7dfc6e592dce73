import { type Actor } from '../audit';
import type { Context } from '../context';
import { addSeconds, iso } from '../lib/time';
import { openOrNull } from '../store/encryption/cipher';
import { exchangesUntouchedSince, openCode, takeOver } from '../store/flows';
import type { FlowRow } from '../store/schema';
import { recoverAnswer } from './establish';
import { exchange } from './exchange';
import { endBadly } from './flow-end';
import { keptAnswer } from './set-aside';

/** A grant code is good for a minute at least (docs/zoho.md, "Grant code"). */
const codeLife = 60;

/**
 * Of exchanges that nobody has touched since `time`, which must be nobody's any more: stores an answer that came, tries a
 * young code again (Zoho refuses a used one), or reports.
 */
export async function recover(context: Context, time: Date, actor: Actor): Promise<void> {
  const { store, now } = context;
  for (const flow of await exchangesUntouchedSince(store, iso(time))) {
    const takenAt = iso(now());
    if (await takeOver(store, flow, takenAt)) await recoverFlow(context, flow, takenAt, actor);
  }
}

async function recoverFlow(context: Context, flow: FlowRow, takenAt: string, actor: Actor): Promise<void> {
  const answer = keptAnswer(context, flow);
  const code = openOrNull(() => openCode(context.store, flow));
  const isYoung = context.now() < addSeconds(new Date(flow.updated_at), codeLife);
  if (answer !== null) await recoverAnswer(context, flow, answer, actor);
  else if (code !== null && isYoung)
    await exchange(context, { ...flow, updated_at: takenAt }, code, actor, { interrupted: true });
  else await endBadly(context, flow, { errorCode: 'interrupted', interrupted: true }, actor);
}
