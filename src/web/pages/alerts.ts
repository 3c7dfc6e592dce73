import { Router, type Request, type Response } from 'express';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { sendTest } from '../../alerts/delivery';
import { addWebhook, deliveriesOf, listWebhooks, recentAlerts, removeWebhook } from '../../alerts/webhooks';
import { alertView } from '../views/alerts';
import { field, idOf, personOf } from '../input';
import { type AlertsView, show } from '../render';
import { flash } from '../middleware/session';
import { moment } from '../words';

const shownAlerts = 30;

/** The page Alerts: where to tell when a connection breaks, and what was told. */
export function alertRoutes(keeper: Keeper): Router {
  const { store, now } = keeper;
  const router = Router();
  router.get('/alerts', showAlerts);
  router.post('/alerts', add);
  router.post('/alerts/:id/delete', remove);
  router.post('/alerts/:id/test', test);
  return router;

  async function showAlerts(_req: Request, res: Response): Promise<void> {
    await render(res, {});
  }

  async function add(req: Request, res: Response): Promise<void> {
    const url = field(req, 'url');
    try {
      const secret = await addWebhook(keeper, url, personOf(req));
      // Shown in this answer and never again: it is not put into the session.
      await render(res, { made: { url, secret } });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      res.status(error.status);
      await render(res, { form: { url, problem: error.message } });
    }
  }

  async function remove(req: Request<{ id: string }>, res: Response): Promise<void> {
    await removeWebhook(keeper, idOf(req), personOf(req));
    flash(req, { tone: 'good', sentence: 'The webhook is removed. What was on its way to it is not sent any more.' });
    res.redirect(303, '/alerts');
  }

  async function test(req: Request<{ id: string }>, res: Response): Promise<void> {
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

  async function render(res: Response, shown: Partial<AlertsView>): Promise<void> {
    const [hooks, alerts] = [await listWebhooks(store), await recentAlerts(store, shownAlerts)];
    const deliveries = await deliveriesOf(store, alerts);
    show(res, 'alerts', {
      webhooks: hooks.map(({ id, url, created_at: added }) => ({ id, url, added: moment(added, now()) })),
      form: { url: '', problem: null },
      made: null,
      alerts: alerts.map((alert) => alertView(alert, deliveries, hooks, now())),
      ...shown,
    });
  }
}
