import { Router, type Request, type Response } from 'express';
import { sendTest } from '../../alerts/delivery';
import { addWebhook, removeWebhook } from '../../alerts/webhooks';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { field, idOf, personOf } from '../input';
import { flash, takeOnce } from '../middleware/session';
import { show } from '../render';
import { alertsView } from '../views/alerts';

export function alertRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/alerts', async (req, res) => {
    show(res, 'alerts', await alertsView(keeper, { made: takeOnce(req, 'addedWebhook') }));
  });
  router.post('/alerts', (req, res) => add(keeper, req, res));
  router.post('/alerts/:id/delete', (req, res) => remove(keeper, req, res));
  router.post('/alerts/:id/test', (req, res) => test(keeper, req, res));
  return router;
}

async function add(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const url = field(req, 'url');
  try {
    const secret = await addWebhook(keeper, url, personOf(req));
    req.session.addedWebhook = { url, secret };
    res.redirect(303, '/alerts');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    res.status(error.status);
    show(res, 'alerts', await alertsView(keeper, { form: { url, problem: error.message } }));
  }
}

async function remove(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  await removeWebhook(keeper, idOf(req), personOf(req));
  flash(req, { tone: 'good', sentence: 'The webhook is removed. What was on its way to it is not sent any more.' });
  res.redirect(303, '/alerts');
}

async function test(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  const delivery = await sendTest(keeper, idOf(req), personOf(req));
  if (delivery?.status === 'delivered') {
    flash(req, { tone: 'good', sentence: `The test arrived: the receiver answered ${delivery.answer_status}.` });
  } else {
    const answer = delivery?.answer_status ? `it answered ${delivery.answer_status}, ` : '';
    const sentence = `The test did not arrive: ${answer}${delivery?.reason ?? 'no answer yet'}.`;
    flash(req, { tone: 'bad', sentence, next: 'Look at the receiver, then test again.' });
  }
  res.redirect(303, '/alerts');
}
