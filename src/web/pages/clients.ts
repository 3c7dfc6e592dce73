import { Router, type Request, type Response } from 'express';
import { checkClient, type ClientAnswer } from '../../connections/client-check';
import { type ListedClient, listClients } from '../../connections/client-list';
import { removeOwnSecret, saveOwnSecret } from '../../connections/client-secrets';
import { makeDefault, noSuchClient, removeClient, saveClient, storedSecret } from '../../connections/clients';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { isDataCenterCode } from '../../zoho/data-centers';
import { field, personOf } from '../input';
import { flash, type Flash } from '../flash';
import { show } from '../render';
import { clientsView, type TypedClients } from '../views/clients';
import { countryOf } from '../views/data-centers';
import { clientProblems, ownSecretProblems, secretDoubt } from './client-form';

type Named = Request<{ id: string }>;

export function clientRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/clients', async (_req, res) => show(res, 'clients', await clientsView(keeper)));
  router.post('/clients', (req, res) => takeClient(keeper, req, res));
  router.get('/clients/:id/:form', (_req, res) => res.redirect(303, '/clients'));
  router.post('/clients/:id/default', (req, res) => takeDefault(keeper, req, res));
  router.post('/clients/:id/test', (req, res) => test(keeper, req, res));
  router.post('/clients/:id/delete', (req, res) => drop(keeper, req, res));
  router.post('/clients/:id/secrets', (req, res) => takeOwnSecret(keeper, req, res));
  router.post('/clients/:id/secrets/:dataCenter/delete', (req, res) => dropOwnSecret(keeper, req, res));
  return router;
}

async function takeClient(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const typed = { clientId: field(req, 'client_id'), dataCenter: field(req, 'data_center') };
  const secret = field(req, 'client_secret') || (await storedSecret(keeper, typed.clientId));
  const problems = clientProblems(typed, secret);
  if (Object.keys(problems).length > 0 || !isDataCenterCode(typed.dataCenter)) {
    return showAgain(keeper, res, { form: { ...typed, problems } });
  }
  await saveClient(keeper, { clientId: typed.clientId, secret, dataCenter: typed.dataCenter }, personOf(req));
  const next = 'Press Test to see whether Zoho takes it.';
  const sentence = `The client ${typed.clientId} is saved.`;
  back(res, { tone: 'good', sentence, next, ...secretDoubt(secret) });
}

async function takeDefault(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const { clientId } = await listedClient(keeper, req);
  await makeDefault(keeper, clientId, personOf(req));
  const next = 'Those that are there stay with their own.';
  back(res, { tone: 'good', sentence: `New connections are made with ${clientId} from now on.`, next });
}

async function test(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const { clientId } = await listedClient(keeper, req);
  back(res, testedWords(clientId, await checkClient(keeper, clientId, personOf(req))));
}

function testedWords(clientId: string, answers: readonly ClientAnswer[]): Flash {
  const wrong = answers.flatMap(({ dataCenter, problem }) => (problem ? [{ dataCenter, problem }] : []));
  const [first] = wrong;
  if (!first) {
    const places = new Intl.ListFormat('en-GB').format(answers.map(({ dataCenter }) => countryOf(dataCenter)));
    const sentence = `Zoho knows ${clientId} and takes its secret in ${places}.`;
    return { tone: 'good', sentence, next: 'Redirect URI and scopes are seen at the first connect only.' };
  }
  const isBad = wrong.some(({ problem }) => problem.kind === 'fix_setup');
  const words = wrong.map(({ dataCenter, problem }) => `${countryOf(dataCenter)}: ${problem.sentence}`);
  return { tone: isBad ? 'bad' : 'wait', sentence: `${clientId}, ${words.join(' ')}`, next: first.problem.next };
}

async function drop(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const { clientId } = await listedClient(keeper, req);
  try {
    await removeClient(keeper, clientId, personOf(req));
    back(res, { tone: 'good', sentence: `The client ${clientId} is deleted here.`, next: 'At Zoho it stays.' });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'client_in_use') throw error;
    back(res, { tone: 'bad', sentence: error.sentence, next: error.next });
  }
}

async function takeOwnSecret(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const [dataCenter, secret] = [field(req, 'data_center'), field(req, 'client_secret')];
  const { clientId, dataCenter: home } = await listedClient(keeper, req);
  const problems = ownSecretProblems(home, dataCenter, secret);
  if (Object.keys(problems).length > 0 || !isDataCenterCode(dataCenter)) {
    return showAgain(keeper, res, { ownSecret: { clientId, dataCenter, problems } });
  }
  await saveOwnSecret(keeper, { clientId, dataCenter }, secret, personOf(req));
  const sentence = `The secret for ${countryOf(dataCenter)} is saved.`;
  back(res, { tone: 'good', sentence, next: 'Press Test to see whether Zoho takes it there.' });
}

async function dropOwnSecret(
  keeper: Keeper,
  req: Request<{ id: string; dataCenter: string }>,
  res: Response,
): Promise<void> {
  const { dataCenter } = req.params;
  const { clientId } = await listedClient(keeper, req);
  if (!isDataCenterCode(dataCenter)) {
    throw new Problem(404, 'not_found', 'There is no such data centre.', 'Go back to the page Clients.');
  }
  await removeOwnSecret(keeper, { clientId, dataCenter }, personOf(req));
  const sentence = `The secret for ${countryOf(dataCenter)} is removed.`;
  back(res, { tone: 'good', sentence, next: 'The client’s main secret is used there from now on.' });
}

/** Throws a Problem when the address names none that is set up. */
async function listedClient(keeper: Keeper, req: Named): Promise<ListedClient> {
  const client = (await listClients(keeper)).find(({ clientId }) => clientId === req.params.id);
  if (!client) throw noSuchClient(req.params.id);
  return client;
}

function back(res: Response, words: Flash): void {
  flash(res, words);
  res.redirect(303, '/clients');
}

async function showAgain(keeper: Keeper, res: Response, typed: TypedClients): Promise<void> {
  res.status(400);
  show(res, 'clients', await clientsView(keeper, typed));
}
