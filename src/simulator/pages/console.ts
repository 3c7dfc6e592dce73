import { Router, type Request, type Response } from 'express';
import type { Control } from '../control';
import type { Client } from '../state/clients';
import type { World } from '../state/world';
import { fieldsOf } from './page';
import { readRegistration, type Registration } from './registration';
import { dataCenter as about, isDataCenterCode, type DataCenterCode } from '../../zoho/data-centers';

const blank: Registration = { name: '', homepage: '', redirectUris: '', problems: {} };

/** The API console: registering Server-based Applications, their secrets and their data centres. */
export function consoleRoutes(world: World, control: Control, dataCenter: DataCenterCode): Router {
  const router = Router();
  router.get('/console', (_req, res) => show(res, blank));
  router.post('/console/clients', register);
  router.post('/console/clients/:id/secret', regenerate);
  router.post('/console/clients/:id/data-centers', toggle);
  router.post('/console/clients/:id/delete', remove);
  return router;

  function show(res: Response, form: Registration): void {
    const clients = world.clients.all().filter((client) => client.type !== 'self');
    res.render('console', { form, clients: clients.map(viewOf) });
  }

  function register(req: Request, res: Response): void {
    const form = readRegistration(fieldsOf(req, dataCenter));
    if (Object.keys(form.problems).length > 0) return show(res.status(400), form);
    world.clients.add({
      id: world.mint.clientId('1000'),
      secret: world.mint.clientSecret(),
      redirectUris: form.redirectUris.split(/\s+/),
      dataCenter,
      // As at Zoho: others have to be switched on.
      enabledDataCenters: [dataCenter],
      name: form.name,
      homepage: form.homepage,
    });
    res.redirect(303, '/console');
  }

  function regenerate(req: Request<{ id: string }>, res: Response): void {
    control.regenerateSecret(req.params.id);
    res.redirect(303, '/console');
  }

  function toggle(req: Request<{ id: string }>, res: Response): void {
    const code = fieldsOf(req, dataCenter).data_center;
    const { id } = req.params;
    if (!isDataCenterCode(code)) throw new Error('there is no such data centre');
    if (world.clients.get(id).enabled.has(code)) control.disableDataCenter(id, code);
    else control.enableDataCenter(id, code);
    res.redirect(303, '/console');
  }

  function remove(req: Request<{ id: string }>, res: Response): void {
    control.deleteClient(req.params.id);
    res.redirect(303, '/console');
  }

  function viewOf(client: Client): object {
    const codes = Object.keys(world.urls).filter(isDataCenterCode);
    return {
      id: client.id,
      name: client.name,
      home: about(client.dataCenter).country,
      redirectUris: client.redirectUris,
      dataCenters: codes.map((code) => ({
        code,
        country: about(code).country,
        enabled: client.enabled.has(code),
        secret: client.secrets.get(code),
      })),
    };
  }
}
