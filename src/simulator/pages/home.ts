import { Router, type Request, type Response } from 'express';
import type { Control } from '../control';
import type { World } from '../state/world';
import { fieldsOf, userChoices } from './page';
import { dataCenter as about, isDataCenterCode, type DataCenterCode } from '../../zoho/data-centers';

/** The first page, and what a person sees of their own account: who is signed in, and the apps they let in. */
export function homeRoutes(world: World, control: Control, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get('/', showHome);
  router.post('/sign-in', signIn);
  router.get('/connected-apps', showApps);
  router.post('/connected-apps/remove', removeApp);
  router.post('/connected-apps/password', changePassword);
  return router;

  function showHome(_req: Request, res: Response): void {
    const places = Object.entries(world.urls).map(([code, url]) => ({
      code,
      country: isDataCenterCode(code) ? about(code).country : code,
      url,
    }));
    res.render('home', { places, users: userChoices(world), signedIn: world.users.signedIn() });
  }

  function signIn(req: Request, res: Response): void {
    control.signIn(Number(fieldsOf(req, dataCenter).zuid));
    res.redirect(303, '/');
  }

  function showApps(_req: Request, res: Response): void {
    const user = world.users.signedIn();
    const apps = world.consents.of(user.zuid).map(({ clientId, scopes }) => ({
      clientId,
      name: world.clients.find(clientId)?.name ?? clientId,
      scopes,
      refreshTokens: control.livingRefreshTokens(clientId, user.zuid).length,
    }));
    res.render('connected-apps', { user, apps });
  }

  function removeApp(req: Request, res: Response): void {
    control.removeApp(world.users.signedIn().zuid, fieldsOf(req, dataCenter).client_id ?? '');
    res.redirect(303, '/connected-apps');
  }

  function changePassword(req: Request, res: Response): void {
    control.changePassword(world.users.signedIn().zuid, fieldsOf(req, dataCenter).terminate === 'on');
    res.redirect(303, '/connected-apps');
  }
}
