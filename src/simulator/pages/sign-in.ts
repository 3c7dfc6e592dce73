import { Router, type Request, type Response } from 'express';
import type { World } from '../state/world';
import { fieldsOf, userChoices } from './page';
import { signedInAt, signInAt } from './session';
import type { DataCenterCode } from '../../zoho/data-centers';

/** `/signin`: where a browser without a session is led first, and goes back to where it wanted to be. */
export function signInRoutes(world: World, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get('/signin', ask);
  router.post('/signin', signIn);
  return router;

  function ask(req: Request, res: Response): void {
    const { serviceurl = '/' } = fieldsOf(req, dataCenter);
    res.render('sign-in', { users: userChoices(world, signedInAt(world, req)), serviceUrl: serviceurl });
  }

  function signIn(req: Request, res: Response): void {
    const { zuid, serviceurl = '/' } = fieldsOf(req, dataCenter);
    signInAt(world, res, Number(zuid));
    // Only a path of this origin: elsewhere a sign-in must not lead.
    res.redirect(303, /^\/(?![/\\])/.test(serviceurl) ? serviceurl : '/');
  }
}
