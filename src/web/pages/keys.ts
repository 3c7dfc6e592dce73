import { Router, type Request, type Response } from 'express';
import { createApiKey, daysRule, isKeyName, keyNameRule, parseDays, revokeApiKey } from '../../auth/api-keys';
import { findNamed } from '../../connections/connections';
import { isConnectionName } from '../../connections/names';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { field, fields, idOf, parameter, personOf } from '../input';
import { flash } from '../flash';
import { takeOnce } from '../middleware/session';
import { show } from '../render';
import { keyView } from '../views/key';
import { keysView } from '../views/keys';
import { type KeyForm, newKeyView } from '../views/new-key';

export function keyRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/keys', (req, res) => list(keeper, req, res));
  router.post('/keys', (req, res) => create(keeper, req, res));
  router.get('/keys/new', (req, res) => showForm(keeper, req, res));
  router.post('/keys/new', (req, res) => search(keeper, req, res));
  router.get('/keys/:id', (req, res) => showOne(keeper, req, res));
  router.post('/keys/:id/revoke', (req, res) => revoke(keeper, req, res));
  return router;
}

async function list(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const { createdKey } = req.session;
  // A key that nobody has seen yet comes first: its page may have got lost on the way.
  if (createdKey) return res.redirect(303, `/keys/${createdKey.id}`);
  show(res, 'keys', await keysView(keeper));
}

/** The form; to the page's script, which searches as one types, only names and labels that fit. */
async function showForm(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const typed = parameter(req, 'q') ?? '';
  res.vary('Accept');
  if (req.accepts(['html', 'text']) === 'text') {
    const found = await findNamed(keeper.store, typed.slice(0, 200), mostNames);
    return void res.type('text/plain').send(found.map(({ name, label }) => `${name}\t${label}\n`).join(''));
  }
  const name = parameter(req, 'connections') ?? '';
  const chosen = isConnectionName(name) ? [name] : [];
  show(res, 'new-key', await newKeyView(keeper, { search: typed, chosen }));
}

/** One more than the script shows, so that it can tell when there are more. */
const mostNames = 51;

/** The search without script: the same form with what was typed and ticked, and the connections that fit. */
async function search(keeper: Keeper, req: Request, res: Response): Promise<void> {
  show(res, 'new-key', await newKeyView(keeper, typedIn(req), true));
}

function typedIn(req: Request): Omit<KeyForm, 'problems'> {
  return {
    name: field(req, 'name'),
    all: field(req, 'all') === 'yes',
    chosen: [...new Set(fields(req, 'connections'))],
    rights: field(req, 'rights') === 'refresh' ? 'refresh' : 'read',
    days: field(req, 'days'),
    search: field(req, 'q').slice(0, 200),
  };
}

async function create(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const typed = typedIn(req);
  const problems = problemsOf(typed);
  if (Object.keys(problems).length > 0) {
    res.status(400);
    return show(res, 'new-key', await newKeyView(keeper, { ...typed, problems }));
  }
  const wanted = {
    name: typed.name,
    connections: typed.all ? null : typed.chosen,
    rights: typed.rights,
    days: parseDays(typed.days),
  };
  const { text, key } = await createApiKey(keeper, wanted, personOf(req));
  // On a page of its own, so that a reload makes no second key.
  req.session.createdKey = { id: key.id, text };
  res.redirect(303, `/keys/${key.id}`);
}

function problemsOf({ name, all, chosen, days }: Omit<KeyForm, 'problems'>): KeyForm['problems'] {
  return {
    ...(!isKeyName(name) && { name: keyNameRule }),
    ...(all === chosen.length > 0 && { connections: 'Tick either “all” or the connections that it can access.' }),
    ...(days !== '' && parseDays(days) === null && { days: daysRule }),
  };
}

async function showOne(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  const id = idOf(req);
  const created = req.session.createdKey?.id === id ? takeOnce(req, 'createdKey') : null;
  const view = await keyView(keeper, id, created?.text ?? null);
  if (!view) throw new Problem(404, 'not_found', 'There is no such key.', 'Check the list.');
  show(res, 'key', view);
}

async function revoke(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  const id = idOf(req);
  try {
    const key = await revokeApiKey(keeper, id, personOf(req));
    flash(res, { tone: 'good', sentence: `The key “${key.name}” is revoked and no longer works.` });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    flash(res, { tone: 'wait', sentence: error.sentence });
  }
  res.redirect(303, '/keys');
}
