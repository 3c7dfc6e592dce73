import { clientWarnings, knownClients } from '../../connections/client-list';
import { pageOfConnections } from '../../connections/connections';
import { unansweredFlows, unfinishedFlows } from '../../connections/flows';
import { countAll, readPage } from '../../connections/list';
import { listLinks } from '../../connections/links';
import type { Keeper } from '../../keeper';
import type { FlowRow } from '../../store/schema';
import { backupState } from '../../maintenance/backup-watch';
import { readBudgets } from '../../tokens/budget';
import { explain } from '../../zoho/messages';
import type { Doubt } from '../../zoho/scope-doubts';
import { type AskedList, wholeList } from '../list-query';
import { moment, type Moment } from '../words';
import { clientChoices } from './client-choices';
import { type ConnectionView, connectionView, explanationOf } from './connection';
import { type ListView, listView, stripOf, type StripView } from './connection-list';
import { type LifeView, lifeOf } from './connection-state';
import { type DataCenterChoice, dataCenterChoices } from './data-centers';
import { type SummaryView, summaryView } from './summary';

export interface DashboardView {
  /** What keeps connections from getting tokens beside their own problems. */
  warnings: string[];
  /** Said only when there is no good backup of late. */
  backupProblem: string | null;
  /** When the last good backup was made; null when that is said above, or backups are not asked for. */
  lastBackup: Moment | null;
  /** When a backup was last restored as a drill. */
  lastDrill: Moment | null;
  /** Null while there are no connections. */
  summary: SummaryView | null;
  /** A few connections are shown as cards, more as a list. */
  cards: CardView[];
  /** Whether there are several clients, so that cards say which is theirs. */
  showClients: boolean;
  list: ListView | null;
  unfinished: UnfinishedView[];
  /** Links that wait for somebody outside. */
  openLinks: number;
  /** Attempts that never came back from Zoho. */
  unanswered: { id: string; name: string; started: Moment }[];
  form: ConnectForm;
}

export interface CardView {
  connection: ConnectionView;
  life: LifeView;
  strip: StripView;
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

/** More than these are a list. */
const mostCards = 3;

export async function dashboardView(
  keeper: Keeper,
  sessionId: string | null,
  asked: AskedList = wholeList,
  typed: Partial<ConnectForm> = {},
): Promise<DashboardView> {
  const counts = await countAll(keeper);
  const isEmpty = counts.all.count === 0;
  const isShort = counts.all.count <= mostCards && asked === wholeList;
  const [notices, form, summary, cards, list] = await Promise.all([
    noticesOf(keeper, sessionId),
    connectForm(keeper, typed),
    isEmpty ? null : summaryView(keeper, counts),
    isShort ? cardsOf(keeper) : [],
    isShort ? null : listView(keeper, asked, counts),
  ]);
  return { ...notices, form, summary, cards, showClients: form.clients.length > 1, list };
}

async function cardsOf(keeper: Keeper): Promise<CardView[]> {
  const { store } = keeper;
  const now = keeper.now();
  const [rows, { hours }] = await Promise.all([
    pageOfConnections(store, { after: '', limit: mostCards, names: null }),
    readPage(keeper, wholeList),
  ]);
  const budgets = await readBudgets(store, rows, 'person', now);
  const explanations = await Promise.all(rows.map((row) => explanationOf(keeper, row)));
  return rows.flatMap((row, index) => {
    const budget = budgets[index];
    if (!budget) return [];
    const connection = connectionView(row, explanations[index] ?? null, budget, now);
    return [{ connection, life: lifeOf(row, now), strip: stripOf(row.id, hours, now) }];
  });
}

type Notices = Pick<
  DashboardView,
  'warnings' | 'lastBackup' | 'lastDrill' | 'backupProblem' | 'unfinished' | 'unanswered' | 'openLinks'
>;

async function noticesOf(keeper: Keeper, sessionId: string | null): Promise<Notices> {
  const now = keeper.now();
  const [flows, unanswered, warnings, links, backups] = await Promise.all([
    unfinishedFlows(keeper.store),
    unansweredFlows(keeper, sessionId),
    clientWarnings(keeper),
    listLinks(keeper),
    backupState(keeper),
  ]);
  const backupProblem = backups?.problem ?? backups?.drill.problem;
  return {
    warnings,
    lastBackup: backups?.last && !backups.problem ? moment(backups.last.toISOString(), now) : null,
    lastDrill: backups?.drill.provenAt ? moment(backups.drill.provenAt.toISOString(), now) : null,
    backupProblem: backupProblem ? `${backupProblem.sentence} ${backupProblem.next}` : null,
    unfinished: flows.map((flow) => unfinishedView(flow, now)),
    unanswered: unanswered.map((flow) => ({
      id: flow.id,
      name: flow.connection_name,
      started: moment(flow.created_at, now),
    })),
    openLinks: links.filter((link) => link.state === 'open').length,
  };
}

export async function connectForm(keeper: Keeper, typed: Partial<ConnectForm>): Promise<ConnectForm> {
  const clients = await knownClients(keeper);
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
