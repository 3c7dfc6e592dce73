import { Router, type Request, type Response } from 'express';
import { selfClientCode, selfClientOf } from '../accounts/self-client';
import { organisationsOf, type SimulatedUser } from '../state/users';
import { urlOf, type World } from '../state/world';
import { fieldsOf } from './page';
import { ownerAt } from './session';
import type { DataCenterCode } from '../../zoho/data-centers';

const minuteChoices = [3, 5, 7, 10];

interface Form {
  readonly scope: string;
  readonly code: string | null;
  readonly problem: string | null;
}

/** The console's Self Client: codes for one's own account, made by hand. */
export function selfClientRoutes(world: World, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get('/self-client', (req, res) => {
    const user = ownerAt(world, req, res);
    if (user !== undefined) show(res, user, { scope: '', code: null, problem: null });
  });
  router.post('/self-client', generate);
  return router;

  function generate(req: Request, res: Response): void {
    const user = ownerAt(world, req, res);
    if (user === undefined) return;
    const { scope = '', minutes, org_id: orgId } = fieldsOf(req, dataCenter);
    const life = minuteChoices.find((choice) => String(choice) === minutes) ?? 3;
    try {
      const code = selfClientCode(world, user.zuid, scope, life, orgId);
      show(res, user, { scope, code, problem: null });
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'general_error';
      show(res.status(400), user, { scope, code: null, problem });
    }
  }

  function show(res: Response, user: SimulatedUser, form: Form): void {
    const client = selfClientOf(world, user.zuid);
    const tokenUrl = `${urlOf(world, client.dataCenter)}/oauth/v2/token`;
    const organisations = organisationsOf(user);
    res.render('self-client', { user, client, organisations, minuteChoices, tokenUrl, ...form });
  }
}
