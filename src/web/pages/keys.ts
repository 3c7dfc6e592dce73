import { Router, type Request, type Response } from 'express';
import { createApiKey, daysRule, isKeyName, keyNameRule, namesOf, parseDays, revokeApiKey } from '../../auth/api-keys';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { field, fields, idOf, personOf } from '../input';
import { flash, takeOnce } from '../middleware/session';
import { show } from '../render';
import { type KeyForm, keysView } from '../views/keys';

export function keyRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/keys', async (req, res) => {
    show(res, 'keys', await keysView(keeper, { made: takeOnce(req, 'createdKey') }));
  });
  router.post('/keys', (req, res) => create(keeper, req, res));
  router.post('/keys/:id/revoke', (req, res) => revoke(keeper, req, res));
  return router;
}

async function create(keeper: Keeper, req: Request, res: Response): Promise<void> {
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
    return show(res, 'keys', await keysView(keeper, { form: { ...typed, problems } }));
  }
  const wanted = {
    name: typed.name,
    connections: typed.all ? null : typed.chosen,
    rights: typed.rights,
    days: parseDays(typed.days),
  };
  const { text, key } = await createApiKey(keeper, wanted, personOf(req));
  // On a page of its own, so that a reload makes no second key.
  req.session.createdKey = { text, name: key.name, connections: namesOf(key) };
  res.redirect(303, '/keys');
}

function problemsOf({ name, all, chosen, days }: Omit<KeyForm, 'problems'>): KeyForm['problems'] {
  return {
    ...(!isKeyName(name) && { name: keyNameRule }),
    ...(all === chosen.length > 0 && { connections: 'Tick either “all” or the connections that it can access.' }),
    ...(days !== '' && parseDays(days) === null && { days: daysRule }),
  };
}

async function revoke(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
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
