import { Router, type Request, type Response } from 'express';
import { accept, needsConsent, readAuthorization, refuse, type Authorization } from '../accounts/authorization';
import { receive, type Fields } from '../http/received';
import { portalOf } from '../state/clients';
import { groupScopes } from '../state/scopes';
import type { SimulatedUser } from '../state/users';
import type { World } from '../state/world';
import { fieldsOf, noteVisit, refusalAsPage, showMessage, userChoices } from './page';
import { signedInAt, signInAt } from './session';
import { signInUrl } from './sign-in';
import type { DataCenterCode } from '../../zoho/data-centers';

/** `/oauth/v2/auth`, the same of a portal, and the form that they show. */
export function consentRoutes(world: World, dataCenter: DataCenterCode): Router {
  const router = Router();
  const pages = ['/oauth/v2/auth', '/clientoauth/v2/:portal/auth'];
  router.get(pages, ask);
  router.all(pages, (_req, res) => showMessage(res, 'HTTP Status 400', 'Bad Request', 400));
  router.post(['/consent', '/clientoauth/v2/:portal/consent'], decide);
  return router;

  function ask(req: Request, res: Response): void {
    const received = receive(req, dataCenter);
    noteVisit(world, received, res);
    refusalAsPage(res, () => {
      const request = readAuthorization(world, dataCenter, received.query, portalOf(req.path));
      const user = signedInAt(world, req);
      if (user === undefined) res.redirect(signInUrl(req.originalUrl));
      else if (needsConsent(world, user, request)) showConsent(res, request, received.query, user);
      else res.redirect(accept(world, user, request));
    });
  }

  function decide(req: Request, res: Response): void {
    const { decision, zuid, ...query } = fieldsOf(req, dataCenter);
    refusalAsPage(res, () => {
      const request = readAuthorization(world, dataCenter, query, portalOf(req.path));
      const user = zuid === undefined ? signedInAt(world, req) : signInAt(world, res, Number(zuid));
      if (user === undefined) throw new Error('nobody is signed in at this browser');
      // Whoever sees the page has been asked, also when it was open twice.
      const asked = { ...request, promptConsent: true };
      res.redirect(decision === 'accept' ? accept(world, user, asked) : refuse(world, user, asked));
    });
  }

  function showConsent(res: Response, request: Authorization, query: Fields, user: SimulatedUser): void {
    const { client, redirectUri, scopes, offline } = request;
    res.render('consent', {
      client: client.name,
      returnsTo: URL.canParse(redirectUri) ? new URL(redirectUri).host : redirectUri,
      groups: groupScopes(scopes),
      offline,
      users: userChoices(world, user),
      action: client.portal === undefined ? '/consent' : `/clientoauth/v2/${client.portal}/consent`,
      hidden: Object.entries(query).map(([name, value]) => ({ name, value })),
    });
  }
}
