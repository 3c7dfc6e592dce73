import { Router, type Request, type Response } from 'express';
import { readWidening, refuseWidening, widen, type Widening } from '../accounts/enhance';
import { receive, type Fields } from '../http/received';
import { groupScopes } from '../state/scopes';
import type { World } from '../state/world';
import { fieldsOf, noteVisit, refusalAsPage, showMessage, userChoices } from './page';
import { signedInAt, signInUrl, signOutAt } from './session';
import type { DataCenterCode } from '../../zoho/data-centers';

const path = '/oauth/v2/token/addextrascope';

/** The page on which the owner of a refresh token gives it more scopes. */
export function enhanceRoutes(world: World, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get(path, ask);
  router.post(path, decide);
  return router;

  function ask(req: Request, res: Response): void {
    const received = receive(req, dataCenter);
    noteVisit(world, received, res);
    refusalAsPage(res, () => {
      const request = readWidening(world, dataCenter, received.query);
      if (isSomebodyElse(req, request)) res.redirect(signInUrl(req.originalUrl));
      else if (request.scopes.length > 0) showConsent(res, request, received.query);
      else res.redirect(widen(world, request));
    });
  }

  function decide(req: Request, res: Response): void {
    const { decision, zuid: _owner, ...query } = fieldsOf(req, dataCenter);
    refusalAsPage(res, () => {
      const request = readWidening(world, dataCenter, query);
      if (isSomebodyElse(req, request)) return showMessage(res, 'An error occurred', 'Not your token.', 400);
      if (request.logout) signOutAt(world, res);
      res.redirect(decision === 'accept' ? widen(world, request) : refuseWidening(request));
    });
  }

  /** Where all browsers share one sign-in, the page offers the owner as the one who answers. */
  function isSomebodyElse(req: Request, { token }: Widening): boolean {
    return world.settings.browserSessions && signedInAt(world, req)?.zuid !== token.zuid;
  }

  function showConsent(res: Response, { token, clientName, redirectUri, scopes }: Widening, query: Fields): void {
    const owner = world.users.get(token.zuid);
    res.render('consent', {
      client: clientName,
      returnsTo: URL.canParse(redirectUri) ? new URL(redirectUri).host : redirectUri,
      groups: groupScopes(scopes),
      offline: true,
      users: userChoices(world, owner).filter(({ selected }) => selected),
      action: path,
      hidden: Object.entries(query).map(([name, value]) => ({ name, value })),
    });
  }
}
