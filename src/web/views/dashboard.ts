import { clientWarnings, listClients } from '../../connections/client-list';
import { listConnections } from '../../connections/connections';
import { unansweredFlows, unfinishedFlows } from '../../connections/flows';
import { listLinks } from '../../connections/links';
import type { Keeper } from '../../keeper';
import type { FlowRow } from '../../store/schema';
import { backupState } from '../../maintenance/backup-watch';
import { readBudgets } from '../../tokens/budget';
import { explain } from '../../zoho/messages';
import type { Doubt } from '../../zoho/scope-doubts';
import { moment, type Moment } from '../words';
import { clientChoices } from './client-choices';
import { type ConnectionView, connectionView, explanationOf } from './connection';
import { type DataCenterChoice, dataCenterChoices } from './data-centers';

export interface DashboardView {
  /** What keeps connections from getting tokens beside their own problems. */
  warnings: string[];
  /** Said only when there is no good backup of late. */
  backupProblem: string | null;
  /** When the last good backup was made; null when that is said above, or backups are not asked for. */
  lastBackup: Moment | null;
  connections: ConnectionView[];
  /** Whether there are several, so that connections say which is theirs. */
  showClients: boolean;
  unfinished: UnfinishedView[];
  /** Links that wait for somebody outside. */
  openLinks: number;
  /** Attempts that never came back from Zoho. */
  unanswered: { id: string; name: string; started: Moment }[];
  form: ConnectForm;
}

interface UnfinishedView {
  id: string;
  started: Moment;
  sentence: string;
  /** False while it may still finish by itself. */
  interrupted: boolean;
}

export interface ConnectForm {
  /** False when no client is set up: the page then links to /setup. */
  ready: boolean;
  clients: string[];
  clientId: string;
  name: string;
  namePlaceholder: string;
  scopes: string;
  dataCenter: string;
  dataCenters: DataCenterChoice[];
  problems: { name?: string; scopes?: string; dataCenter?: string };
  doubts: readonly Doubt[];
}

export async function dashboardView(
  keeper: Keeper,
  sessionId: string | null,
  typed: Partial<ConnectForm> = {},
): Promise<DashboardView> {
  const { store } = keeper;
  const now = keeper.now();
  const [connections, flows, unanswered, form, warnings, links, backups] = await Promise.all([
    listConnections(store),
    unfinishedFlows(store),
    unansweredFlows(keeper, sessionId),
    connectForm(keeper, typed),
    clientWarnings(keeper),
    listLinks(keeper),
    backupState(keeper),
  ]);
  const budgets = await readBudgets(store, connections, 'person', now);
  const explanations = await Promise.all(connections.map((connection) => explanationOf(keeper, connection)));
  return {
    warnings,
    lastBackup: backups?.last && !backups.problem ? moment(backups.last.toISOString(), now) : null,
    backupProblem: backups?.problem ? `${backups.problem.sentence} ${backups.problem.next}` : null,
    showClients: form.clients.length > 1,
    connections: connections.flatMap((connection, index) => {
      const budget = budgets[index];
      return budget ? [connectionView(connection, explanations[index] ?? null, budget, now)] : [];
    }),
    unfinished: flows.map((flow) => unfinishedView(flow, now)),
    unanswered: unanswered.map((flow) => ({
      id: flow.id,
      name: flow.connection_name,
      started: moment(flow.created_at, now),
    })),
    openLinks: links.filter((link) => link.state === 'open').length,
    form,
  };
}

export async function connectForm(keeper: Keeper, typed: Partial<ConnectForm>): Promise<ConnectForm> {
  const clients = await listClients(keeper);
  const client = clients.find(({ isDefault, isDamaged }) => isDefault && !isDamaged);
  const choices = await clientChoices(keeper);
  return {
    ready: client !== undefined,
    clients: choices,
    clientId: '',
    name: '',
    namePlaceholder: 'default',
    scopes: keeper.config.scopes.join(','),
    dataCenter: choices.length > 1 ? '' : (client?.dataCenter ?? keeper.config.dataCenter),
    dataCenters: dataCenterChoices(),
    problems: {},
    doubts: [],
    ...typed,
  };
}

function unfinishedView(flow: FlowRow, now: Date): UnfinishedView {
  const interrupted = flow.status === 'interrupted';
  const { sentence, next } = explain('interrupted', 'connect');
  const name = flow.connection_name;
  return {
    id: flow.id,
    started: moment(flow.created_at, now),
    sentence: interrupted ? `Connecting “${name}” was interrupted. ${sentence} ${next}` : openWords(flow),
    interrupted,
  };
}

function openWords({ connection_name: name, status }: FlowRow): string {
  return status === 'unconfirmed'
    ? `Reconnecting “${name}” would change what it is for. Open it to say whether it may.`
    : `Connecting “${name}” is under way, or was interrupted and is being finished. Reload in a moment.`;
}
