import { Router, type Request, type Response } from 'express';
import type { Control } from '../control';
import type { World } from '../state/world';
import { type SwitchName, switchNames } from '../switches';
import { fieldsOf, userChoices } from './page';
import { ownerAt, signedInAt, signInAt } from './session';
import { dataCenter as about, isDataCenterCode, type DataCenterCode } from '../../zoho/data-centers';

const switchWords: Readonly<Record<SwitchName, { on: string; off: string; means: string }>> = {
  later: {
    on: 'An hour later',
    off: 'Back to now',
    means: 'All access tokens end. In the demo, the Keeper’s clock goes along.',
  },
  revoked: {
    on: 'Revoke all tokens',
    off: 'Give the tokens back',
    means: 'As if people had removed the app from their account.',
  },
  down: { on: 'Zoho down', off: 'Zoho up again', means: 'Every call is answered with an error page, status 503.' },
  throttled: {
    on: 'Too many requests',
    off: 'Enough waited',
    means: 'Every wish for a token is refused with Access Denied.',
  },
};

/** The first page, and what a person sees of their own account: who is signed in, and the apps they let in. */
export function homeRoutes(world: World, control: Control, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get('/', showHome);
  router.post('/switches', press);
  router.post('/sign-in', signIn);
  router.get('/connected-apps', showApps);
  router.post('/connected-apps/remove', removeApp);
  router.post('/connected-apps/password', changePassword);
  return router;

  function showHome(req: Request, res: Response): void {
    const places = Object.entries(world.urls).map(([code, url]) => ({
      code,
      country: isDataCenterCode(code) ? about(code).country : code,
      url,
    }));
    const switches = switchNames.map((name) => ({ name, isOn: control.switches.isOn(name), ...switchWords[name] }));
    const user = signedInAt(world, req);
    res.render('home', { switches, places, users: userChoices(world, user), signedIn: user });
  }

  function press(req: Request, res: Response): void {
    const pressed = switchNames.find((name) => name === fieldsOf(req, dataCenter).name);
    if (pressed === undefined) throw new TypeError('there is no such button');
    control.switches.press(pressed);
    res.redirect(303, '/');
  }

  function signIn(req: Request, res: Response): void {
    signInAt(world, res, Number(fieldsOf(req, dataCenter).zuid));
    res.redirect(303, '/');
  }

  function showApps(req: Request, res: Response): void {
    const user = ownerAt(world, req, res);
    if (user === undefined) return;
    const apps = world.consents.of(user.zuid).map(({ clientId, scopes }) => ({
      clientId,
      name: world.clients.find(clientId)?.name ?? clientId,
      scopes,
      refreshTokens: control.livingRefreshTokens(clientId, user.zuid).length,
    }));
    res.render('connected-apps', { user, apps });
  }

  function removeApp(req: Request, res: Response): void {
    const user = ownerAt(world, req, res);
    if (user === undefined) return;
    control.removeApp(user.zuid, fieldsOf(req, dataCenter).client_id ?? '');
    res.redirect(303, '/connected-apps');
  }

  function changePassword(req: Request, res: Response): void {
    const user = ownerAt(world, req, res);
    if (user === undefined) return;
    control.changePassword(user.zuid, fieldsOf(req, dataCenter).terminate === 'on');
    res.redirect(303, '/connected-apps');
  }
}
