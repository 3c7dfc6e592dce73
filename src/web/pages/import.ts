import express, { Router, type Request, type Response } from 'express';
import { importConnections } from '../../imports/import';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { type DataCenterCode, isDataCenterCode } from '../../zoho/data-centers';
import { field, pasted, personOf } from '../input';
import { flash } from '../middleware/session';
import { show } from '../render';
import { importView } from '../views/import';

/** How many tokens are proved in one request, while a person waits. */
const most = 50;

/** Files are longer than what other forms send. */
const parseForm = express.urlencoded({ extended: false, limit: '600kb', parameterLimit: 20, inflate: false });

export function importRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/import', (_req, res) => show(res, 'import', importView()));
  router.post('/import', parseForm, (req, res) => importPasted(keeper, req, res));
  return router;
}

async function importPasted(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const form = { name: field(req, 'name'), clientId: field(req, 'client_id'), dataCenter: field(req, 'data_center') };
  try {
    const request = { ...form, dataCenter: dataCenterOf(form.dataCenter), content: pasted(req, 'content'), most };
    const results = await importConnections(keeper, request, personOf(req));
    const [only] = results;
    if (results.length === 1 && only?.kind === 'imported') {
      flash(req, { tone: 'good', sentence: `“${only.name}” is connected.` });
      return res.redirect(303, `/connections/${only.name}`);
    }
    show(res, 'import', importView({ results, ...(results.some(({ kind }) => kind === 'refused') && { form }) }));
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    res.status(error.status);
    show(res, 'import', importView({ problem: error.message, form }));
  }
}

/** Null when none is chosen. */
function dataCenterOf(chosen: string): DataCenterCode | null {
  if (chosen === '' || isDataCenterCode(chosen)) return chosen || null;
  throw new Problem(400, 'invalid_request', 'There is no such data centre.', 'Choose one of the list.');
}
