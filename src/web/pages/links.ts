import { Router, type Request, type Response } from 'express';
import { createLink, isLinkLife, isNote, type LinkRequest, noteRule, revokeLink } from '../../connections/links';
import { isConnectionName, nameRule } from '../../connections/names';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { isDataCenterCode } from '../../zoho/data-centers';
import { field, idOf, parameter, personOf } from '../input';
import { flash, linkTo } from '../flash';
import { takeOnce } from '../middleware/session';
import { type PickedScopes, pickedScopes } from '../picked-scopes';
import { show } from '../render';
import { type LinkForm, linksView } from '../views/links';

/** Where links are made; what an outsider sees of one is in pages/outsider. */
export function linkRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/links', (req, res) => showLinks(keeper, req, res));
  router.post('/links', (req, res) => create(keeper, req, res));
  router.post('/links/:id/delete', (req, res) => revoke(keeper, req, res));
  return router;
}

async function showLinks(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const name = parameter(req, 'name') ?? '';
  show(res, 'links', await linksView(keeper, { made: takeOnce(req, 'createdLink'), typed: { name } }));
}

async function create(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const typed = {
    name: field(req, 'name'),
    scopes: field(req, 'scopes'),
    clientId: field(req, 'client_id'),
    dataCenter: field(req, 'data_center'),
    note: field(req, 'note'),
    life: field(req, 'expires') || '1d',
  };
  const picked = pickedScopes(req, []);
  const read = requestOf(typed, picked);
  if ('problems' in read || picked.doubts.length > 0) {
    const problems = 'problems' in read ? read.problems : {};
    return showAgain(keeper, res, 400, { ...typed, problems, doubts: picked.doubts });
  }
  try {
    const { url, link } = await createLink(keeper, read, personOf(req));
    // On a page of its own, so that a reload makes no second link.
    req.session.createdLink = { url, name: link.connection_name, expiresAt: link.expires_at };
    res.redirect(303, '/links');
  } catch (error) {
    const where = error instanceof Problem ? placeOf(error) : null;
    if (!(error instanceof Problem) || where === null) throw error;
    await showAgain(keeper, res, error.status, { ...typed, problems: { [where]: error.message }, doubts: [] });
  }
}

function requestOf(
  typed: Omit<LinkForm, 'problems' | 'doubts'>,
  picked: PickedScopes,
): LinkRequest | Pick<LinkForm, 'problems'> {
  const { name, clientId, dataCenter, note, life } = typed;
  const dataCenterCode = dataCenter === '' ? null : dataCenter;
  const isKnown = dataCenterCode === null || isDataCenterCode(dataCenterCode);
  const problems: LinkForm['problems'] = {
    ...(!isConnectionName(name) && { name: nameRule }),
    ...(picked.problem !== null && { scopes: picked.problem }),
    ...(!isKnown && { dataCenter: 'Choose one of the list.' }),
    ...(!isNote(note) && { note: noteRule }),
    ...(!isLinkLife(life) && { life: 'Choose one of the list.' }),
  };
  if (!isKnown || !isLinkLife(life) || Object.keys(problems).length > 0) return { problems };
  return { name, scopes: picked.scopes, clientId: clientId || null, dataCenter: dataCenterCode, note, life };
}

function placeOf({ code }: Problem): keyof LinkForm['problems'] | null {
  return code === 'name_taken' || code === 'user_unclear' ? 'name' : null;
}

async function showAgain(keeper: Keeper, res: Response, status: number, typed: LinkForm): Promise<void> {
  res.status(status);
  show(res, 'links', await linksView(keeper, { typed }));
}

async function revoke(keeper: Keeper, req: Request<{ id: string }>, res: Response): Promise<void> {
  const id = idOf(req);
  try {
    const link = await revokeLink(keeper, id, personOf(req));
    flash(res, {
      tone: 'good',
      sentence: `The link for “${link.connection_name}” no longer works.`,
      link: linkTo(link.connection_name),
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    flash(res, { tone: 'wait', sentence: error.sentence });
  }
  res.redirect(303, '/links');
}
