import { Router, type Request, type Response } from 'express';
import { selfClientCode, selfClientOf } from '../accounts/self-client';
import { organisationsOf } from '../state/users';
import { urlOf, type World } from '../state/world';
import { fieldsOf } from './page';
import type { DataCenterCode } from '../../zoho/data-centers';

const minuteChoices = [3, 5, 7, 10];

/** The console's Self Client: codes for one's own account, made by hand. */
export function selfClientRoutes(world: World, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get('/self-client', (_req, res) => show(res, { scope: '', code: null, problem: null }));
  router.post('/self-client', generate);
  return router;

  function generate(req: Request, res: Response): void {
    const { scope = '', minutes, org_id: orgId } = fieldsOf(req, dataCenter);
    const life = minuteChoices.find((choice) => String(choice) === minutes) ?? 3;
    try {
      const code = selfClientCode(world, world.users.signedIn().zuid, scope, life, orgId);
      show(res, { scope, code, problem: null });
    } catch (error) {
      show(res.status(400), { scope, code: null, problem: error instanceof Error ? error.message : 'general_error' });
    }
  }

  function show(res: Response, form: { scope: string; code: string | null; problem: string | null }): void {
    const user = world.users.signedIn();
    const client = selfClientOf(world, user.zuid);
    const tokenUrl = `${urlOf(world, client.dataCenter)}/oauth/v2/token`;
    const organisations = organisationsOf(user);
    res.render('self-client', { user, client, organisations, minuteChoices, tokenUrl, ...form });
  }
}
