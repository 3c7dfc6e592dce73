import { Router, type Request, type Response } from 'express';
import { sendTest } from '../../alerts/delivery';
import { events } from '../../alerts/events';
import { isKind } from '../../alerts/kinds';
import { addTarget, changeTarget, removeTarget } from '../../alerts/targets';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import type { TargetEvent } from '../../store/schema';
import { field, idOf, personOf } from '../input';
import { flash } from '../flash';
import { takeOnce } from '../middleware/session';
import { show } from '../render';
import { alertsView } from '../views/alerts';

export function alertRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/alerts', async (req, res) => {
    show(res, 'alerts', await alertsView(keeper, { made: takeOnce(req, 'addedWebhook') }));
  });
  router.post('/alerts', (req, res) => add(keeper, req, res));
  router.get('/alerts/:id/:form', (_req, res) => res.redirect(303, '/alerts'));
  router.post('/alerts/:id/edit', (req, res) => edit(keeper, req, res));
  router.post('/alerts/:id/delete', (req, res) => remove(keeper, req, res));
  router.post('/alerts/:id/test', (req, res) => test(keeper, req, res));
  return router;
}

async function add(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const kind = field(req, 'kind') || 'webhook';
  if (!isKind(kind)) throw new Problem(400, 'invalid_request', 'There is no such kind of target.', 'Reload the page.');
  const wished = { kind, address: field(req, 'url'), name: field(req, 'name'), ...chosenEvents(req) };
  try {
    const secret = await addTarget(keeper, wished, personOf(req));
    if (secret !== null) req.session.addedWebhook = { url: wished.name || wished.address, secret };
    else flash(res, { tone: 'good', sentence: 'The target is added.', next: 'Send a test to see that it arrives.' });
    res.redirect(303, '/alerts');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    res.status(error.status);
    show(res, 'alerts', await alertsView(keeper, { added: { ...wished, problem: error.message } }));
  }
}

async function edit(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  const change = { name: field(req, 'name'), events: [], ...chosenEvents(req) };
  try {
    await changeTarget(keeper, idOf(req), change, personOf(req));
    flash(res, { tone: 'good', sentence: `“${change.name}” is changed.` });
    res.redirect(303, '/alerts');
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 404) throw error;
    res.status(error.status);
    show(res, 'alerts', await alertsView(keeper, { changed: { ...change, id: idOf(req), problem: error.message } }));
  }
}

/** What is ticked. Nothing where the request did not come from our form, such as a script's that knows of no events. */
function chosenEvents(req: Request): { events?: TargetEvent[] } {
  const ticked = events.map(({ event }) => event).filter((event) => field(req, `tell.${event}`) === 'yes');
  return ticked.length > 0 || field(req, 'chosen') === 'yes' ? { events: ticked } : {};
}

async function remove(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  await removeTarget(keeper, idOf(req), personOf(req));
  flash(res, { tone: 'good', sentence: 'The target is removed. What was on its way to it is not sent any more.' });
  res.redirect(303, '/alerts');
}

async function test(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  const delivery = await sendTest(keeper, idOf(req), personOf(req));
  if (delivery?.status === 'delivered') {
    const said = delivery.reason === null ? '' : `, ${delivery.reason}`;
    flash(res, {
      tone: 'good',
      sentence: `The test arrived: the receiver answered ${delivery.answer_status}${said}.`,
    });
  } else {
    const answer = delivery?.answer_status ? `it answered ${delivery.answer_status}, ` : '';
    const sentence = `The test did not arrive: ${answer}${delivery?.reason ?? 'no answer yet'}.`;
    flash(res, { tone: 'bad', sentence, next: 'Look at the receiver, then test again.' });
  }
  res.redirect(303, '/alerts');
}
