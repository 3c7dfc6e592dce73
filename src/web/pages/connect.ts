import { Router, type Request, type Response } from 'express';
import { beginConnect, complete } from '../../connections/connect';
import type { Outcome } from '../../connections/flow-end';
import { isConnectionName, nameRule } from '../../connections/names';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { isDataCenterCode } from '../../zoho/data-centers';
import { parseScopes, scopesProblem, scopesRule } from '../../zoho/scopes';
import { field, parameter, personOf } from '../input';
import { flash, type Flash, keepSession } from '../middleware/session';
import { leadTo, show } from '../render';
import { type ConnectForm, dashboardView } from '../views/dashboard';

export function connectRoutes(keeper: Keeper): Router {
  const router = Router();
  router.post('/connect', (req, res) => connect(keeper, req, res));
  router.get('/oauth/callback', (req, res) => callback(keeper, req, res));
  return router;
}

async function connect(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const typed = {
    name: field(req, 'name'),
    scopes: field(req, 'scopes'),
    clientId: field(req, 'client_id'),
    dataCenter: field(req, 'data_center'),
  };
  const written = parseScopes(typed.scopes || keeper.config.scopes.join(','));
  const unfit = scopesProblem(written);
  const dataCenter = typed.dataCenter === '' ? null : typed.dataCenter;
  const isPlace = dataCenter === null || isDataCenterCode(dataCenter);
  const problems: ConnectForm['problems'] = {
    ...(typed.name !== '' && !isConnectionName(typed.name) && { name: nameRule }),
    ...(unfit !== null && { scopes: `This ${unfit}. ${scopesRule}` }),
    ...(!isPlace && { dataCenter: 'Choose one of the list.' }),
  };
  if (unfit !== null || !isPlace || problems.name !== undefined) {
    return showAgain(keeper, res, 400, { ...typed, problems });
  }
  try {
    const { name, clientId } = typed;
    const request = { name, scopes: written.scopes, dataCenter, clientId, sessionId: req.sessionID };
    const url = await beginConnect(keeper, request, personOf(req));
    keepSession(req);
    leadTo(res, url);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'name_taken') throw error;
    await showAgain(keeper, res, error.status, { ...typed, problems: { name: error.message } });
  }
}

async function showAgain(keeper: Keeper, res: Response, status: number, typed: Partial<ConnectForm>): Promise<void> {
  res.status(status);
  show(res, 'dashboard', await dashboardView(keeper, typed));
}

async function callback(keeper: Keeper, req: Request, res: Response): Promise<void> {
  // The URL holds a one-time code: nothing may take it along to another page.
  res.set('Referrer-Policy', 'no-referrer');
  const answer = {
    state: parameter(req, 'state'),
    code: parameter(req, 'code'),
    // Empty tells as little as absent.
    error: parameter(req, 'error') || undefined,
    location: parameter(req, 'location') || undefined,
    accountsServer: parameter(req, 'accounts-server') || undefined,
  };
  const outcome = await complete(keeper, answer, req.sessionID, personOf(req));
  if (outcome.kind === 'failed' && isForgery(outcome.explanation.code)) {
    throw new Problem(400, outcome.explanation.code, outcome.explanation.sentence, outcome.explanation.next);
  }
  flash(req, flashOf(outcome));
  res.redirect(303, outcome.kind === 'unconfirmed' ? `/connections/${outcome.name}` : '/');
}

function isForgery(code: string): boolean {
  return code === 'unknown_data_center' || code === 'malformed_callback';
}

/** What came of a flow, in words for the next page. */
export function flashOf(outcome: Outcome): Flash {
  switch (outcome.kind) {
    case 'connected':
      return { tone: 'good', sentence: `“${outcome.name}” is ${outcome.again ? 'connected again' : 'connected'}.` };
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
