import { Router, type Request, type Response } from 'express';
import { decideDevice, waitingDevice } from '../accounts/device';
import { groupScopes } from '../state/scopes';
import type { World } from '../state/world';
import { fieldsOf, showMessage, userChoices } from './page';
import { signedInAt, signInAt, signInUrl } from './session';
import type { DataCenterCode } from '../../zoho/data-centers';

/** `/oauth/v3/device`: where a person types the code that a device shows. */
export function deviceRoutes(world: World, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get('/oauth/v3/device', ask);
  router.post('/oauth/v3/device', decide);
  return router;

  function ask(req: Request, res: Response): void {
    const { user_code: userCode } = fieldsOf(req, dataCenter);
    const request = userCode === undefined ? undefined : waitingDevice(world, userCode);
    if (userCode === undefined || request === undefined) {
      res.status(userCode === undefined ? 200 : 400).render('device', { typed: userCode ?? '' });
      return;
    }
    res.render('consent', {
      client: world.clients.get(request.clientId).name,
      returnsTo: null,
      groups: groupScopes(request.scopes),
      offline: request.offline,
      users: userChoices(world, signedInAt(world, req)),
      action: '/oauth/v3/device',
      hidden: [{ name: 'user_code', value: request.userCode }],
    });
  }

  function decide(req: Request, res: Response): void {
    const { user_code: userCode = '', decision, zuid } = fieldsOf(req, dataCenter);
    const user = zuid === undefined ? signedInAt(world, req) : signInAt(world, res, Number(zuid));
    if (user === undefined) return res.redirect(signInUrl(req.originalUrl));
    decideDevice(world, userCode, user, decision === 'accept');
    showMessage(res, 'Done', 'You can go back to your device.');
  }
}
