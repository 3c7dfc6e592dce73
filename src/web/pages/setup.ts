import { Router, type Request, type Response } from 'express';
import { listClients } from '../../connections/client-list';
import { removeOwnSecret, saveOwnSecret } from '../../connections/client-secrets';
import {
  requireClient,
  saveClient,
  saveDefaultClient,
  setByEnvironment,
  usableClient,
} from '../../connections/clients';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import type { Client } from '../../zoho/client';
import { clientSecretProblem, isClientId } from '../../zoho/credentials';
import { isDataCenterCode } from '../../zoho/data-centers';
import { field, personOf } from '../input';
import { flash, type Flash } from '../middleware/session';
import { show } from '../render';
import { countryOf } from '../views/data-centers';
import { type OwnSecretsView, setupView, type SetupView, type TypedSetup } from '../views/setup';

export function setupRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/setup', async (_req, res) => show(res, 'setup', await setupView(keeper)));
  router.post('/setup', (req, res) => takeClient(keeper, req, res));
  router.post('/clients', (req, res) => takeOlderClient(keeper, req, res));
  router.post('/setup/secrets', (req, res) => takeOwnSecret(keeper, req, res));
  router.post('/setup/secrets/:dataCenter/delete', (req, res) => dropOwnSecret(keeper, req, res));
  return router;
}

async function takeClient(keeper: Keeper, req: Request, res: Response): Promise<void> {
  if (keeper.config.client !== null) {
    throw setByEnvironment();
  }
  const typed = { clientId: field(req, 'client_id'), dataCenter: field(req, 'data_center') };
  const current = await usableClient(keeper);
  const kept = current?.clientId === typed.clientId ? current.secret : '';
  const secret = field(req, 'client_secret') || kept;
  const problems = problemsOf(typed, secret);
  if (Object.keys(problems).length > 0 || !isDataCenterCode(typed.dataCenter)) {
    return showAgain(keeper, res, { ...typed, problems });
  }
  const client = { clientId: typed.clientId, secret, dataCenter: typed.dataCenter };
  const left = current && current.clientId !== client.clientId ? current.clientId : null;
  await saveDefaultClient(keeper, client, personOf(req));
  const leftBehind = (await listClients(keeper)).find(({ clientId }) => clientId === left);
  flash(req, savedWords(client.clientId, left, leftBehind?.connections.length ?? 0));
  res.redirect(303, '/');
}

/** `left` was the current client until now, and goes on for the connections that were made with it. */
function savedWords(saved: string, left: string | null, connections: number): Flash {
  if (connections === 0) return { tone: 'good', sentence: 'The client is saved.', next: 'Now connect Zoho.' };
  const made = connections === 1 ? '1 connection' : `${connections} connections`;
  return {
    tone: 'good',
    sentence: `New connections are made with ${saved} from now on.`,
    next: `${left} is kept: ${made} made with it go on using it.`,
  };
}

/** A client beside the current one, for connections that were made with it. */
async function takeOlderClient(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const typed = { clientId: field(req, 'client_id'), dataCenter: field(req, 'data_center') };
  const secret = field(req, 'client_secret');
  const problems = problemsOf(typed, secret);
  if (Object.keys(problems).length > 0 || !isDataCenterCode(typed.dataCenter)) {
    return showAgain(keeper, res, { olderClient: { ...typed, problems } });
  }
  await saveClient(keeper, { clientId: typed.clientId, secret, dataCenter: typed.dataCenter }, personOf(req));
  const sentence = `The client ${typed.clientId} is saved.`;
  flash(req, { tone: 'good', sentence, next: 'Connections that were made with it get tokens again.' });
  res.redirect(303, '/setup');
}

async function takeOwnSecret(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const [dataCenter, secret] = [field(req, 'data_center'), field(req, 'client_secret')];
  const client = await requireClient(keeper);
  const problems = ownProblemsOf(client, dataCenter, secret);
  if (Object.keys(problems).length > 0 || !isDataCenterCode(dataCenter)) {
    return showAgain(keeper, res, { ownSecret: { dataCenter, problems } });
  }
  await saveOwnSecret(keeper, { clientId: client.clientId, dataCenter }, secret, personOf(req));
  const sentence = `The secret for ${countryOf(dataCenter)} is saved.`;
  flash(req, { tone: 'good', sentence, next: 'Connect or refresh an account there to see that Zoho takes it.' });
  res.redirect(303, '/setup');
}

async function dropOwnSecret(keeper: Keeper, req: Request<{ dataCenter: string }>, res: Response): Promise<void> {
  const { dataCenter } = req.params;
  const { clientId } = await requireClient(keeper);
  if (!isDataCenterCode(dataCenter)) {
    throw new Problem(404, 'not_found', 'There is no such data centre.', 'Go back to the setup page.');
  }
  await removeOwnSecret(keeper, { clientId, dataCenter }, personOf(req));
  const sentence = `The secret for ${countryOf(dataCenter)} is removed.`;
  flash(req, { tone: 'good', sentence, next: 'The client’s main secret is used there from now on.' });
  res.redirect(303, '/setup');
}

async function showAgain(keeper: Keeper, res: Response, typed: TypedSetup): Promise<void> {
  res.status(400);
  show(res, 'setup', await setupView(keeper, typed));
}

function problemsOf(typed: { clientId: string; dataCenter: string }, secret: string): SetupView['problems'] {
  const clientSecret = secretProblem(secret);
  return {
    ...(!isClientId(typed.clientId) && { clientId: 'Copy it from the console; it looks like 1000.ABC….' }),
    ...(clientSecret !== null && { clientSecret }),
    ...(!isDataCenterCode(typed.dataCenter) && { dataCenter: 'Choose one of the list.' }),
  };
}

function ownProblemsOf(client: Client, dataCenter: string, secret: string): OwnSecretsView['form']['problems'] {
  const isHome = dataCenter === client.dataCenter;
  const secretWrong = secretProblem(secret);
  return {
    ...(!isDataCenterCode(dataCenter) && { dataCenter: 'Choose one of the list.' }),
    ...(isHome && { dataCenter: 'The client is registered there: its main secret is the one of this data centre.' }),
    ...(secretWrong !== null && { secret: secretWrong }),
  };
}

function secretProblem(text: string): string | null {
  if (text === '') return 'Copy it from the console.';
  const problem = clientSecretProblem(text);
  return problem && `What you typed ${problem}. Copy it anew from the console.`;
}
