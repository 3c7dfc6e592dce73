import { recordRefused } from '../audit';
import type { Context } from '../context';
import { Problem } from '../lib/problem';

/** Records where a form came from that is none of ours, as far as the browser says. Throws a Problem. */
export async function refuseForeignForm(context: Context, origin: string, ip: string | null): Promise<never> {
  const detail = URL.canParse(origin) ? new URL(origin).origin.slice(0, 200) : 'no origin';
  await recordRefused(context, { name: 'unknown page', ip }, { action: 'form_refused', subject: null, detail });
  const advice = 'Open the dashboard in this browser and try again there.';
  throw new Problem(403, 'foreign_form', 'This request did not come from a page of this server.', advice);
}
