import { Router, type Request, type Response } from 'express';
import type { Keeper } from '../../keeper';
import {
  createApiKey,
  daysRule,
  keyNameRule,
  listApiKeys,
  longestLife,
  type NewKey,
  revokeApiKey,
} from '../../auth/api-keys';
import { Problem } from '../../lib/problem';
import { listConnections } from '../../connections/connections';
import { field, fields, idOf, personOf } from '../input';
import { examplesFor, keyView } from '../views/keys';
import { type KeyForm, type KeysView, show } from '../render';
import { flash } from '../middleware/session';

/** The page API keys: API keys, and how to use one. */
export function keyRoutes(keeper: Keeper): Router {
  const { store, config, now } = keeper;
  const router = Router();
  router.get('/keys', showKeys);
  router.post('/keys', create);
  router.post('/keys/:id/revoke', revoke);
  return router;

  async function showKeys(_req: Request, res: Response): Promise<void> {
    await render(res, {});
  }

  async function create(req: Request, res: Response): Promise<void> {
    const typed = {
      name: field(req, 'name'),
      all: field(req, 'all') === 'yes',
      chosen: fields(req, 'connections'),
      rights: field(req, 'rights') === 'refresh' ? 'refresh' : 'read',
      days: field(req, 'days'),
    } as const;
    const problems = problemsOf(typed);
    if (Object.keys(problems).length > 0) {
      res.status(400);
      return render(res, { form: { ...typed, problems } });
    }
    const wanted: NewKey = {
      name: typed.name,
      connections: typed.all ? null : typed.chosen,
      rights: typed.rights,
      days: typed.days === '' ? null : Number(typed.days),
    };
    const { text, key } = await createApiKey(keeper, wanted, personOf(req));
    // Shown in this answer and never again: it is not put into the session, and only its digest is stored.
    await render(res, { made: { text, name: key.name } });
  }

  async function revoke(req: Request<{ id: string }>, res: Response): Promise<void> {
    const id = idOf(req);
    try {
      const key = await revokeApiKey(keeper, id, personOf(req));
      flash(req, { tone: 'good', sentence: `The key “${key.name}” is revoked and no longer works.` });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      flash(req, { tone: 'wait', sentence: error.sentence });
    }
    res.redirect(303, '/keys');
  }

  async function render(res: Response, shown: { form?: KeyForm; made?: KeysView['made'] }): Promise<void> {
    const [all, connections] = await Promise.all([listApiKeys(store), listConnections(store)]);
    const names = connections.map((connection) => connection.name);
    show(res, 'keys', {
      keys: all.map((key) => keyView(key, now())),
      connections: names,
      form: shown.form ?? { name: '', all: true, chosen: [], rights: 'read', days: '', problems: {} },
      made: shown.made ?? null,
      examples: examplesFor(config.baseUrl, names[0] ?? 'default', connections[0]?.api_domain),
    });
  }
}

function problemsOf({ name, all, chosen, days }: Omit<KeyForm, 'problems'>): KeyForm['problems'] {
  const wholeDays = days === '' || (/^\d{1,4}$/.test(days) && Number(days) >= 1 && Number(days) <= longestLife);
  return {
    ...(!/^[^\p{C}]{1,64}$/u.test(name) && { name: keyNameRule }),
    ...(all === chosen.length > 0 && { connections: 'Tick either “all” or the connections that it can access.' }),
    ...(!wholeDays && { days: daysRule }),
  };
}
