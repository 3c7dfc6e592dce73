import { Router, type Request, type Response } from 'express';
import type { Callback } from '../../connections/callback';
import { beginConnect, complete } from '../../connections/connect';
import { findConnection, getConnection } from '../../connections/connections';
import type { Outcome } from '../../connections/flow-end';
import { isConnectionName, nameRule } from '../../connections/names';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { isDataCenterCode } from '../../zoho/data-centers';
import { field, parameter, personOf } from '../input';
import { flash, type Flash, linkTo } from '../flash';
import { keepSession, sessionOf } from '../middleware/session';
import { type PickedScopes, pickedScopes, withPick } from '../picked-scopes';
import { wholeList } from '../list-query';
import { leadTo, show } from '../render';
import { connectView } from '../views/connect';
import { notListedWords, scopesNotListed } from '../views/connection';
import { type ConnectForm, connectForm, dashboardView } from '../views/dashboard';
import { linksView } from '../views/links';
import { codeView, deviceFormView, emptyForm, type OtherWayForm } from '../views/other-ways';

type OtherWayChoice = Pick<OtherWayForm, 'name' | 'clientId' | 'dataCenter' | 'scopes'>;

export function connectRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/connect', (_req, res) => showConnect(keeper, res));
  router.post('/connect', (req, res) => connect(keeper, req, res));
  router.get('/oauth/callback', (req, res) => callback(keeper, req, res));
  return router;
}

async function showConnect(keeper: Keeper, res: Response): Promise<void> {
  const view = await connectView(keeper);
  if (view.form.ready) show(res, 'connect', view);
  else res.redirect(303, '/setup');
}

async function connect(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const typed = { name: field(req, 'name'), clientId: field(req, 'client_id'), dataCenter: field(req, 'data_center') };
  const picked = pickedScopes(req, keeper.config.scopes);
  const pick = field(req, 'pick');
  const way = field(req, 'way');
  if (way !== '') return showOtherWay(keeper, res, way, { ...typed, scopes: textOf(picked) });
  if (pick !== '') return showPicked(keeper, res, { ...typed, pick }, picked);
  const dataCenter = typed.dataCenter === '' ? null : typed.dataCenter;
  const isPlace = dataCenter === null || isDataCenterCode(dataCenter);
  const problems: ConnectForm['problems'] = {
    ...(typed.name !== '' && !isConnectionName(typed.name) && { name: nameRule }),
    ...(picked.problem !== null && { scopes: picked.problem }),
    ...(!isPlace && { dataCenter: 'Choose one of the list.' }),
  };
  const form = { ...typed, problems, doubts: picked.doubts };
  if (!isPlace || Object.keys(problems).length > 0 || picked.doubts.length > 0) {
    return showAgain(keeper, req, res, 400, form, picked);
  }
  try {
    const { name, clientId } = typed;
    const request = { name, scopes: picked.scopes, dataCenter, clientId, sessionId: req.sessionID };
    const url = await beginConnect(keeper, request, personOf(req));
    keepSession(req);
    leadTo(res, url);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'name_taken') throw error;
    await showAgain(keeper, req, res, error.status, { ...form, problems: { name: error.message } }, picked);
  }
}

/** A button of the picker ticks where no script does. */
async function showPicked(
  keeper: Keeper,
  res: Response,
  { pick, ...typed }: { pick: string; name: string; clientId: string; dataCenter: string },
  picked: PickedScopes,
): Promise<void> {
  const chosen = withPick(pick, picked.scopes, keeper.config.scopes);
  show(res, 'connect', await connectView(keeper, typed, { chosen, pick }));
}

/** Goes on by a form of another page, with what was chosen in this one. */
async function showOtherWay(keeper: Keeper, res: Response, way: string, chosen: OtherWayChoice): Promise<void> {
  const { dataCenter } = await connectForm(keeper, {});
  const typed = { ...chosen, dataCenter: chosen.dataCenter === dataCenter ? '' : chosen.dataCenter };
  const form = { ...emptyForm, ...typed };
  switch (way) {
    case 'link':
      return show(res, 'links', await linksView(keeper, { typed }));
    case 'device':
      return show(res, 'connect-device', await deviceFormView(keeper, { form }));
    default:
      return show(res, 'connect-code', await codeView(keeper, { form, isAddress: true }));
  }
}

/** What cannot be asked for is shown as it was typed, and told of by the next form. */
function textOf({ scopes, typed, problem }: PickedScopes): string {
  return problem === null ? scopes.join(', ') : typed;
}

/** The page that the form was sent from, with all that was typed. */
async function showAgain(
  keeper: Keeper,
  req: Request,
  res: Response,
  status: number,
  form: Partial<ConnectForm>,
  { scopes, typed }: PickedScopes,
): Promise<void> {
  res.status(status);
  if (field(req, 'from') !== 'connect')
    return show(res, 'dashboard', await dashboardView(keeper, sessionOf(req), wholeList, { ...form, scopes: typed }));
  const unread = form.problems?.scopes === undefined ? undefined : typed;
  show(res, 'connect', await connectView(keeper, form, { chosen: scopes, typed: unread }));
}

async function callback(keeper: Keeper, req: Request, res: Response): Promise<void> {
  // The URL holds a one-time code: nothing may take it along to another page.
  res.set('Referrer-Policy', 'no-referrer');
  const outcome = await complete(keeper, answerOf(req), req.sessionID, personOf(req));
  if (outcome.kind === 'failed' && isForgery(outcome.explanation.code)) {
    throw new Problem(400, outcome.explanation.code, outcome.explanation.sentence, outcome.explanation.next);
  }
  flash(res, await flashAbout(keeper, outcome));
  // A first connect that came to nothing has left no connection, and what is under way is told of on the list.
  const isThere = outcome.kind !== 'unfinished' && (await findConnection(keeper.store, outcome.name)) !== undefined;
  res.redirect(303, isThere ? `/connections/${outcome.name}` : '/');
}

/** What Zoho sent the browser back with. Throws a Problem when something is there twice. */
export function answerOf(req: Request): Callback {
  return {
    state: parameter(req, 'state'),
    code: parameter(req, 'code'),
    // Empty tells as little as absent.
    error: parameter(req, 'error') || undefined,
    location: parameter(req, 'location') || undefined,
    accountsServer: parameter(req, 'accounts-server') || undefined,
  };
}

function isForgery(code: string): boolean {
  return code === 'unknown_data_center' || code === 'malformed_callback';
}

/** What came of a flow, in words for the next page. */
export async function flashAbout(keeper: Keeper, outcome: Outcome): Promise<Flash> {
  const words = flashOf(outcome);
  if (outcome.kind !== 'connected') return words;
  const missing = scopesNotListed(await getConnection(keeper, outcome.name));
  return missing.length === 0 ? words : { ...words, tone: 'wait', next: notListedWords(missing) };
}

function flashOf(outcome: Outcome): Flash {
  switch (outcome.kind) {
    case 'connected':
      return {
        tone: 'good',
        sentence: `“${outcome.name}” is ${outcome.again ? 'connected again' : 'connected'}.`,
        link: linkTo(outcome.name),
      };
    case 'failed': {
      const { code, kind, sentence, next } = outcome.explanation;
      const isCalm = kind === 'wait' || code === 'declined' || code === 'kept';
      return { tone: isCalm ? 'wait' : 'bad', sentence, next };
    }
    case 'unconfirmed':
      return {
        tone: 'wait',
        sentence: `“${outcome.name}” is as it was so far.`,
        next: 'Say below whether to change it.',
      };
    case 'unfinished':
      return { tone: 'wait', sentence: `“${outcome.name}” is being connected.`, next: 'Reload in a moment.' };
  }
}
