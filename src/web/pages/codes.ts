import { Router, type Request, type Response } from 'express';
import { flowLife } from '../../connections/callback';
import { beginDevice, cancelDevice, getDevice } from '../../connections/device';
import { type Outcome, outcomeOf } from '../../connections/flow-end';
import { addressToOpen, connectByCode } from '../../connections/pasted-code';
import type { OtherWay } from '../../connections/prepare';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { addSeconds, iso } from '../../lib/time';
import { isDataCenterCode } from '../../zoho/data-centers';
import type { Doubt } from '../../zoho/scope-doubts';
import { field, idOf, parameter, personOf } from '../input';
import { flash } from '../flash';
import { keepSession } from '../middleware/session';
import { pickedScopes } from '../picked-scopes';
import { show } from '../render';
import { codeView, deviceFormView, deviceHref, deviceView, emptyForm, type OtherWayForm } from '../views/other-ways';
import { moment } from '../words';
import { flashAbout } from './connect';

type Identified = Request<{ id: string }>;

/** Ways to connect that need no redirect: a code that is pasted here, and one that is typed elsewhere. */
export function codeRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/connect/code', async (req, res) =>
    show(res, 'connect-code', await codeView(keeper, { form: asked(req) })),
  );
  router.post('/connect/code', (req, res) => takeCode(keeper, req, res));
  router.post('/connect/code/address', (req, res) => makeAddress(keeper, req, res));
  router.get('/connect/device', async (req, res) =>
    show(res, 'connect-device', await deviceFormView(keeper, { form: asked(req) })),
  );
  router.post('/connect/device', (req, res) => startDevice(keeper, req, res));
  router.get('/connect/device/:id', (req, res) => showDevice(keeper, req, res));
  router.post('/connect/device/:id/cancel', (req, res) => endDevice(keeper, req, res));
  return router;
}

async function takeCode(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const form = formOf(req);
  try {
    const request = { ...readForm(req, form), pasted: field(req, 'code'), redirectUri: form.redirectUri };
    const outcome = await connectByCode(keeper, request, personOf(req));
    if (outcome.kind !== 'failed') return goOn(keeper, res, outcome);
    const { sentence, next } = outcome.explanation;
    res.status(400);
    show(res, 'connect-code', await codeView(keeper, { form, problem: `${sentence} ${next}` }));
  } catch (error) {
    const problem = ownWords(error, res);
    show(res, 'connect-code', await codeView(keeper, { form, problem }));
  }
}

/** An authorization URL for a browser anywhere; what it ends at is pasted here. */
async function makeAddress(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const form = formOf(req);
  try {
    const request = readForm(req, form);
    if (request.doubts.length > 0) {
      res.status(400);
      return show(res, 'connect-code', await codeView(keeper, { form, doubts: request.doubts, isAddress: true }));
    }
    const url = await addressToOpen(keeper, request, req.sessionID, personOf(req));
    keepSession(req);
    const address = { url, until: moment(iso(addSeconds(keeper.now(), flowLife)), keeper.now()) };
    show(res, 'connect-code', await codeView(keeper, { form, address }));
  } catch (error) {
    const problem = ownWords(error, res);
    show(res, 'connect-code', await codeView(keeper, { form, problem, isAddress: true }));
  }
}

async function startDevice(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const form = formOf(req);
  try {
    const request = readForm(req, form);
    if (request.doubts.length > 0) {
      res.status(400);
      return show(res, 'connect-device', await deviceFormView(keeper, { form, doubts: request.doubts }));
    }
    res.redirect(303, deviceHref(await beginDevice(keeper, request, personOf(req))));
  } catch (error) {
    const problem = ownWords(error, res);
    show(res, 'connect-device', await deviceFormView(keeper, { form, problem }));
  }
}

async function showDevice(keeper: Keeper, req: Identified, res: Response): Promise<void> {
  const flow = await getDevice(keeper, idOf(req));
  const isOpen = flow.status === 'issued' || flow.status === 'exchanging';
  if (!isOpen) return goOn(keeper, res, await outcomeOf(keeper, flow));
  show(res, 'device', deviceView(flow, keeper.now()));
}

async function endDevice(keeper: Keeper, req: Identified, res: Response): Promise<void> {
  await goOn(keeper, res, await cancelDevice(keeper, idOf(req), personOf(req)));
}

async function goOn(keeper: Keeper, res: Response, outcome: Outcome): Promise<void> {
  flash(res, await flashAbout(keeper, outcome));
  const { kind, name } = outcome;
  if (kind === 'failed') return res.redirect(303, '/connect/device');
  res.redirect(303, kind === 'unfinished' ? '/' : `/connections/${name}`);
}

/** What a link to the page says already. */
function asked(req: Request): OtherWayForm {
  const name = parameter(req, 'name') ?? '';
  return { ...emptyForm, name, reconnect: parameter(req, 'reconnect') !== undefined };
}

function formOf(req: Request): OtherWayForm {
  return {
    name: field(req, 'name'),
    clientId: field(req, 'client_id'),
    dataCenter: field(req, 'data_center'),
    scopes: field(req, 'scopes'),
    redirectUri: field(req, 'redirect_uri'),
    reconnect: field(req, 'reconnect') !== '',
  };
}

/** Throws a Problem. */
function readForm(
  req: Request,
  { name, clientId, dataCenter, reconnect }: OtherWayForm,
): OtherWay & { doubts: readonly Doubt[] } {
  const { scopes, problem, doubts } = pickedScopes(req, []);
  if (problem !== null) throw new Problem(400, 'invalid_scopes', 'These scopes cannot be used.', problem);
  if (dataCenter !== '' && !isDataCenterCode(dataCenter)) {
    throw new Problem(400, 'invalid_request', 'There is no such data centre.', 'Choose one of the list.');
  }
  return { name, clientId, reconnect, scopes, doubts, dataCenter: dataCenter === '' ? null : dataCenter };
}

/** For the page with the form; rethrows what is no matter of the form. */
function ownWords(error: unknown, res: Response): string {
  if (!(error instanceof Problem) || error.status >= 500) throw error;
  res.status(error.status);
  return error.message;
}
