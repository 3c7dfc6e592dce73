import { Router, type Request, type Response } from 'express';
import {
  AuthorizationRefused,
  accept,
  needsConsent,
  readAuthorization,
  refuse,
  type Authorization,
} from '../accounts/authorization';
import { receive, type Fields } from '../http/received';
import { groupScopes } from '../state/scopes';
import type { World } from '../state/world';
import { fieldsOf, showMessage, userChoices } from './page';
import type { DataCenterCode } from '../../zoho/data-centers';

/** `/oauth/v2/auth` and the form that it shows. */
export function consentRoutes(world: World, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get('/oauth/v2/auth', ask);
  router.all('/oauth/v2/auth', (_req, res) => showMessage(res, 'HTTP Status 400', 'Bad Request', 400));
  router.post('/consent', decide);
  return router;

  function ask(req: Request, res: Response): void {
    const received = receive(req, dataCenter);
    const entry = world.requests.add(received, 'authorize');
    res.once('close', () => {
      entry.status = res.statusCode;
    });
    refusalAsPage(res, () => {
      const request = readAuthorization(world, dataCenter, received.query);
      const user = world.users.signedIn();
      if (needsConsent(world, user, request)) showConsent(res, request, received.query);
      else res.redirect(accept(world, user, request));
    });
  }

  function decide(req: Request, res: Response): void {
    const { decision, zuid, ...query } = fieldsOf(req, dataCenter);
    refusalAsPage(res, () => {
      const request = readAuthorization(world, dataCenter, query);
      if (zuid !== undefined) world.users.signIn(Number(zuid));
      const user = world.users.signedIn();
      // Whoever sees the page has been asked, also when it was open twice.
      const asked = { ...request, promptConsent: true };
      res.redirect(decision === 'accept' ? accept(world, user, asked) : refuse(world, user, asked));
    });
  }

  function showConsent(res: Response, { client, redirectUri, scopes, offline }: Authorization, query: Fields): void {
    res.render('consent', {
      client: client.name,
      returnsTo: URL.canParse(redirectUri) ? new URL(redirectUri).host : redirectUri,
      groups: groupScopes(scopes),
      offline,
      users: userChoices(world),
      action: '/consent',
      hidden: Object.entries(query).map(([name, value]) => ({ name, value })),
    });
  }
}

function refusalAsPage(res: Response, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AuthorizationRefused)) throw error;
    showMessage(res, error.title, error.message, error.status);
  }
}
