import { currentClient } from '../../connections/clients';
import { listConnections } from '../../connections/connections';
import { unfinishedFlows } from '../../connections/flows';
import type { Keeper } from '../../keeper';
import type { FlowRow } from '../../store/schema';
import { explain } from '../../zoho/messages';
import { moment, type Moment } from '../words';
import { type ConnectionView, connectionView } from './connection';
import { type DataCenterChoice, dataCenterChoices } from './data-centers';

export interface DashboardView {
  connections: ConnectionView[];
  unfinished: UnfinishedView[];
  form: ConnectForm;
}

/** An attempt to connect that did not end: being finished just now, or interrupted by a crash. */
interface UnfinishedView {
  id: string;
  started: Moment;
  sentence: string;
  /** True when only the person can go on (connect again); then the notice can be dismissed. */
  interrupted: boolean;
}

export interface ConnectForm {
  /** False when no client is set up: the page then leads to /setup. */
  ready: boolean;
  name: string;
  namePlaceholder: string;
  scopes: string;
  dataCenter: string;
  dataCenters: DataCenterChoice[];
  /** Reasons by field, after a submission that could not be used. */
  problems: { name?: string; scopes?: string; dataCenter?: string };
}

/** `typed` is what a refused form held, with the reasons. */
export async function dashboardView(keeper: Keeper, typed: Partial<ConnectForm> = {}): Promise<DashboardView> {
  const { store, config } = keeper;
  const now = keeper.now();
  const [connections, flows, client] = await Promise.all([
    listConnections(store),
    unfinishedFlows(store),
    currentClient(keeper),
  ]);
  return {
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
  };
}

function unfinishedView(flow: FlowRow, now: Date): UnfinishedView {
  const interrupted = flow.status === 'interrupted';
  const { sentence, next } = explain('interrupted', 'connect');
  return {
    id: flow.id,
    started: moment(flow.created_at, now),
    sentence: interrupted
      ? `Connecting “${flow.connection_name}” was interrupted. ${sentence} ${next}`
      : `Connecting “${flow.connection_name}” is under way, or was interrupted and is being finished. Reload in a moment.`,
    interrupted,
  };
}
