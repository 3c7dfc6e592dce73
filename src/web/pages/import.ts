import { setTimeout as sleep } from 'node:timers/promises';
import express, { Router, type Request, type Response } from 'express';
import { importedWords } from '../../imports/words';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { addSeconds } from '../../lib/time';
import { type DataCenterCode, isDataCenterCode } from '../../zoho/data-centers';
import { field, pasted, personOf } from '../input';
import { flash } from '../flash';
import { show } from '../render';
import { importView } from '../views/import';

/** Files are longer than what other forms send. */
const parseForm = express.urlencoded({ extended: false, limit: '600kb', parameterLimit: 20, inflate: false });

/** Seconds that the answer to a form waits for the end. A longer import is looked at instead. */
const patience = 2;
/** Seconds between two looks. */
const every = 2;
/** Seconds for which the page shows what became of an import. */
const shownFor = 3600;

export function importRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/import', (_req, res) => showImport(keeper, res));
  router.post('/import', parseForm, (req, res) => importPasted(keeper, req, res));
  return router;
}

function showImport({ imports, now }: Keeper, res: Response): void {
  const latest = imports.latest();
  const isOld = latest?.endedAt && addSeconds(latest.endedAt, shownFor) < now();
  // Browsers follow this without script.
  if (latest && !latest.endedAt) res.set('Refresh', String(every));
  show(res, 'import', importView({ run: isOld ? null : latest }));
}

async function importPasted({ imports }: Keeper, req: Request, res: Response): Promise<void> {
  const form = { name: field(req, 'name'), clientId: field(req, 'client_id'), dataCenter: field(req, 'data_center') };
  try {
    const request = { ...form, dataCenter: dataCenterOf(form.dataCenter), content: pasted(req, 'content') };
    const run = await imports.start(request, personOf(req));
    await Promise.race([run.ended, sleep(patience * 1000, undefined, { ref: false })]);
    if (!run.endedAt) return res.redirect(303, '/import');
    if (run.failure) throw run.failure;
    const [only] = run.results;
    if (run.total === 1 && only?.kind === 'imported') {
      flash(res, importedWords(only, true));
      return res.redirect(303, `/connections/${only.name}`);
    }
    show(res, 'import', importView({ run, ...(run.results.some(({ kind }) => kind === 'refused') && { form }) }));
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
