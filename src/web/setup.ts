import { Router, type Request, type Response } from 'express';
import type { Parts } from '../app';
import { Problem } from '../problem';
import { recordEvent } from '../store/events';
import { iso } from '../time';
import { isDataCenterCode } from '../zoho/data-centers';
import { dataCenterChoices } from './dashboard';
import { field, personOf } from './input';
import { type SetupView, show } from './pages';
import { flash } from './session';

export function setupRoutes(parts: Parts): Router {
  const { store, clients, config, now } = parts;
  const router = Router();
  router.get('/setup', showSetup);
  router.post('/setup', saveSetup);
  return router;

  async function showSetup(_req: Request, res: Response): Promise<void> {
    await render(res, {});
  }

  async function saveSetup(req: Request, res: Response): Promise<void> {
    if (clients.fromEnvironment) {
      const sentence = 'The client is set by the environment (ZOHO_CLIENT_ID), so it cannot be changed here.';
      throw new Problem(409, 'set_by_environment', sentence, 'Change it there and start the Keeper again.');
    }
    const current = await clients.current();
    const typed = { clientId: field(req, 'client_id'), dataCenter: field(req, 'data_center') };
    const kept = current?.clientId === typed.clientId ? current.secret : '';
    const secret = field(req, 'client_secret') || kept;
    const problems = problemsOf(typed, secret);
    if (Object.keys(problems).length > 0 || !isDataCenterCode(typed.dataCenter)) {
      res.status(400);
      return render(res, { ...typed, problems });
    }
    await recordEvent(store, personOf(req), { action: 'client_saved', subject: typed.clientId }, iso(now()));
    await clients.save({ clientId: typed.clientId, secret, dataCenter: typed.dataCenter });
    flash(req, { tone: 'good', sentence: 'The client is saved.', next: 'Now connect Zoho.' });
    res.redirect(303, '/');
  }

  async function render(res: Response, typed: Partial<SetupView>): Promise<void> {
    const client = await clients.current();
    show(res, 'setup', {
      fromEnvironment: clients.fromEnvironment,
      clientId: client?.clientId ?? '',
      hasSecret: client !== null,
      dataCenter: client?.dataCenter ?? config.dataCenter,
      dataCenters: dataCenterChoices(),
      homepageUrl: config.baseUrl,
      redirectUri: config.redirectUri,
      problems: {},
      ...typed,
    });
  }
}

function problemsOf(typed: { clientId: string; dataCenter: string }, secret: string): SetupView['problems'] {
  return {
    ...(!/^[\w.-]{1,200}$/.test(typed.clientId) && { clientId: 'Copy it from the console; it looks like 1000.ABC….' }),
    ...(!/^[\x21-\x7e]{1,200}$/.test(secret) && { clientSecret: 'Copy it from the console, without spaces.' }),
    ...(!isDataCenterCode(typed.dataCenter) && { dataCenter: 'Choose one of the list.' }),
  };
}
