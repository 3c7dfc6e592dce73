import { Router, type Request, type Response } from 'express';
import type { Keeper } from '../../keeper';
import { currentClient } from '../../connections/clients';
import { listConnections } from '../../connections/connections';
import { dismissFlow, unfinishedFlows } from '../../connections/flows';
import type { FlowRow } from '../../store/schema';
import { dataCenters } from '../../zoho/data-centers';
import { explain } from '../../zoho/messages';
import { connectionView } from '../views/connection';
import { idOf } from '../input';
import { type ConnectForm, type DataCenterChoice, show, type UnfinishedView } from '../render';
import { moment } from '../words';

export function dashboardRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/', showDashboard);
  router.post('/flows/:id/dismiss', dismiss);
  return router;

  async function showDashboard(_req: Request, res: Response): Promise<void> {
    // A newcomer has nothing to see here before there is a client.
    const isNew = (await currentClient(keeper)) === null && (await listConnections(keeper.store)).length === 0;
    if (isNew) return res.redirect(303, '/setup');
    await renderDashboard(keeper, res, {});
  }

  async function dismiss(req: Request<{ id: string }>, res: Response): Promise<void> {
    await dismissFlow(keeper, idOf(req));
    res.redirect(303, '/');
  }
}

/** The dashboard; `typed` is what a refused form held, with the reasons. */
export async function renderDashboard(keeper: Keeper, res: Response, typed: Partial<ConnectForm>): Promise<void> {
  const { store, config } = keeper;
  const now = keeper.now();
  const [connections, flows, client] = await Promise.all([
    listConnections(store),
    unfinishedFlows(store),
    currentClient(keeper),
  ]);
  show(res, 'dashboard', {
    connections: connections.map((connection) => connectionView(connection, now)),
    unfinished: flows.map((flow) => unfinishedView(flow, now)),
    form: {
      ready: client !== null,
      name: '',
      namePlaceholder: 'default',
      scopes: config.scopes.join(','),
      dataCenter: client?.dataCenter ?? config.dataCenter,
      dataCenters: dataCenterChoices(),
      problems: {},
      ...typed,
    },
  });
}

export function dataCenterChoices(): DataCenterChoice[] {
  return dataCenters.map(({ code, country, consoleUrl, accountsUrl }) => ({
    code,
    label: `${country} (${new URL(accountsUrl).host})`,
    consoleUrl,
  }));
}

function unfinishedView(flow: FlowRow, now: Date): UnfinishedView {
  const interrupted = flow.status === 'interrupted';
  const { sentence, next } = explain('interrupted', 'connect');
  return {
    id: flow.id,
    connectionName: flow.connection_name,
    started: moment(flow.created_at, now),
    sentence: interrupted
      ? `Connecting “${flow.connection_name}” was interrupted. ${sentence} ${next}`
      : `Connecting “${flow.connection_name}” is under way, or was interrupted and is being finished. Reload in a moment.`,
    interrupted,
  };
}
