import { Router, type Request, type Response } from 'express';
import { listClients } from '../../connections/client-list';
import { saveDefaultClient, setByEnvironment, storedSecret, usableClient } from '../../connections/clients';
import type { Keeper } from '../../keeper';
import { isDataCenterCode } from '../../zoho/data-centers';
import { field, personOf } from '../input';
import { flash, type Flash } from '../flash';
import { show } from '../render';
import { setupView } from '../views/setup';
import { clientProblems, redirectUriProblem, secretDoubt } from './client-form';

export function setupRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/setup', async (_req, res) => show(res, 'setup', await setupView(keeper)));
  router.post('/setup', (req, res) => takeClient(keeper, req, res));
  return router;
}

async function takeClient(keeper: Keeper, req: Request, res: Response): Promise<void> {
  if (keeper.config.client !== null) throw setByEnvironment();
  const typed = { clientId: field(req, 'client_id'), dataCenter: field(req, 'data_center') };
  const registered = field(req, 'registered');
  const difference = redirectUriProblem(registered, keeper.config.redirectUri);
  if (field(req, 'check') !== '') {
    const problems = difference === null ? {} : { registered: difference };
    const said = registered !== '' && difference === null;
    return show(res, 'setup', await setupView(keeper, { ...typed, registered, said, problems }));
  }
  const secret = field(req, 'client_secret') || (await storedSecret(keeper, typed.clientId));
  const problems = { ...clientProblems(typed, secret), ...(difference !== null && { registered: difference }) };
  if (Object.keys(problems).length > 0 || !isDataCenterCode(typed.dataCenter)) {
    res.status(400);
    return show(res, 'setup', await setupView(keeper, { ...typed, registered, problems }));
  }
  const before = (await usableClient(keeper))?.clientId;
  const client = { clientId: typed.clientId, secret, dataCenter: typed.dataCenter };
  await saveDefaultClient(keeper, client, personOf(req));
  const left = (await listClients(keeper)).find(({ clientId, isDefault }) => clientId === before && !isDefault);
  const words = savedWords(client.clientId, left?.clientId ?? '', left?.connections.length ?? 0);
  flash(res, { ...words, ...secretDoubt(secret) });
  res.redirect(303, '/');
}

/** `left` was the default client until now, and goes on for the connections that were made with it. */
function savedWords(saved: string, left: string, connections: number): Flash {
  if (connections === 0) return { tone: 'good', sentence: 'The client is saved.', next: 'Now connect Zoho.' };
  const made = connections === 1 ? '1 connection' : `${connections} connections`;
  return {
    tone: 'good',
    sentence: `New connections are made with ${saved} from now on.`,
    next: `${left} is kept: ${made} made with it go on using it.`,
  };
}
