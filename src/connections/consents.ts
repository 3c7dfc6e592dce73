import type { Context } from '../context';
import { addSeconds, iso } from '../lib/time';
import { grantCodesSince } from '../store/flows';
import type { FlowRow } from '../store/schema';

/** How many grant codes Zoho gives a client in so many seconds (docs/zoho.md, "Limits"). */
const limit = 10;
const window = 600;

/** Zoho says the same when a person declines and when a client had too many grant codes, of which we know our own. */
export async function refusedConsent(context: Context, flow: FlowRow): Promise<'declined' | 'too_many_consents'> {
  return (await consentsBefore(context, flow, context.now())) >= limit ? 'too_many_consents' : 'declined';
}

/** How many grant codes the client was given in the ten minutes before, by this Keeper. */
export async function consentsBefore(context: Context, flow: FlowRow, time: Date): Promise<number> {
  return (await codesBefore(context, flow, time)).length;
}

export async function consentsFreeAt(context: Context, flow: FlowRow): Promise<Date> {
  const refused = new Date(flow.updated_at);
  if (flow.error_code !== 'too_many_consents') return addSeconds(refused, window);
  const codes = await codesBefore(context, flow, refused);
  return addSeconds(new Date(codes[limit - 1] ?? flow.updated_at), window);
}

async function codesBefore({ store }: Context, flow: FlowRow, time: Date): Promise<string[]> {
  const codes = await grantCodesSince(store, flow.client_id, iso(addSeconds(time, -window)));
  return codes.filter((code) => code <= iso(time));
}
