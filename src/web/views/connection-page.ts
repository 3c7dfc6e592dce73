import { checksOf } from '../../calls/product-check';
import { findUnconfirmed, type Unconfirmed } from '../../connections/confirm';
import { type Edit, type EditProblems, type FormerName, formerNamesOf } from '../../connections/edit';
import { slotLimit, type Slots, slotsOf, slotsWarning } from '../../connections/slots';
import { addSeconds, iso } from '../../lib/time';
import type { Keeper } from '../../keeper';
import type { ConnectionRow, RefreshRow } from '../../store/schema';
import { readBudget, recentRefreshes } from '../../tokens/budget';
import { hourOf, takersOf } from '../../tokens/token-uses';
import { explain } from '../../zoho/messages';
import { type ProductRights, rightsOf } from '../../zoho/rights';
import { storedScopes } from '../../zoho/scopes';
import { moment, type Moment, requestedByWords } from '../words';
import { clientChoices } from './client-choices';
import { connectionView, type ConnectionView, explanationOf, nextOf } from './connection';
import { type BudgetView, budgetView, type LifeView, lifeView, type StripView, stripOf } from './connection-pictures';
import {
  type EndingView,
  endingView,
  type RenamedView,
  renamedView,
  type TakerView,
  takersView,
} from './connection-use';
import { type EventView, recentEventViews } from './events';
import { exportsView, type ExportsView } from './exports';

export interface ConnectionPage {
  connection: ConnectionView;
  edit: EditView;
  /** After a rename, while programs may still ask for the name of before; null otherwise. */
  renamed: RenamedView | null;
  /** A reconnect that waits for a second yes; null when none does. */
  unconfirmed: { flowId: string; changes: { what: string; from: string; to: string }[]; until: Moment } | null;
  life: LifeView;
  budget: BudgetView;
  days: StripView;
  history: RefreshView[];
  takers: TakerView[];
  rights: ProductRights[];
  /** `before`: where it is under names of before. */
  activity: { events: EventView[]; href: string; before: { name: string; href: string }[] };
  /** `missing` names the scopes of which the call needs one. */
  checks: { code: string; name: string; missing: string | null }[];
  use: ExportsView;
  /** Clients that it could be moved to. */
  otherClients: string[];
  /** What is wrong with files that are kept for it, a sentence each. */
  keptFiles: string[];
  slots: SlotsView | null;
  ending: EndingView;
}

interface EditView {
  /** What was typed, or is there. */
  values: Edit;
  problems: EditProblems;
}

/** The refresh tokens that Zoho keeps of the same user and client, as far as they are known; null when there are none. */
interface SlotsView {
  used: number;
  limit: number;
  isUserKnown: boolean;
  /** `isThere` is false when the connection may have been deleted since. */
  list: { name: string; since: Moment; words: string; isThere: boolean }[];
  warning: string | null;
}

interface RefreshView {
  at: Moment;
  by: string;
  ok: boolean;
  words: string;
  took: string;
}

const historyLength = 12;
const activityLength = 6;

/** `typed` stands in the form to edit, where it could not be saved. */
export async function connectionPage(
  keeper: Keeper,
  connection: ConnectionRow,
  typed?: { edit: Edit; problems: EditProblems },
): Promise<ConnectionPage> {
  const { store } = keeper;
  const now = keeper.now();
  const since = (hours: number): string => hourOf(iso(addSeconds(now, -hours * 3600)));
  const formerNames = await formerNamesOf(store, connection.id);
  const lately = await takersOf(store, connection.id, since(47));
  const history = await recentRefreshes(store, connection.id, historyLength);
  const budget = await readBudget(store, connection, 'person', now);
  const view = connectionView(connection, await explanationOf(keeper, connection), budget, now);
  return {
    connection: view,
    edit: { values: typed?.edit ?? valuesOf(connection), problems: typed?.problems ?? {} },
    renamed: renamedView(formerNames, lately, now),
    unconfirmed: unconfirmedView(await findUnconfirmed(keeper, connection), now),
    life: lifeView(connection, now),
    budget: budgetView(budget, nextOf(budget, now)),
    days: await stripOf(store, connection, now),
    history: history.map((refresh) => refreshView(refresh, now)),
    takers: takersView(await takersOf(store, connection.id, since(23)), now),
    rights: rightsOf(storedScopes(connection.scopes)),
    activity: {
      events: await recentEventViews(store, connection.name, activityLength, now),
      href: eventsOf(connection.name),
      before: formerNames.map(({ name }) => ({ name, href: eventsOf(name) })),
    },
    ...waysOf(keeper, connection),
    otherClients: (await clientChoices(keeper)).filter((clientId) => clientId !== connection.client_id),
    keptFiles: keptFileWords(keeper, connection, formerNames),
    slots: slotsView(await slotsOf(keeper, connection), now),
    ending: endingView(lately),
  };
}

function eventsOf(name: string): string {
  return `/events?subject=${name}`;
}

function valuesOf({ name, label, note, tags }: ConnectionRow): Edit {
  return { name, label, note, tags };
}

function waysOf(keeper: Keeper, connection: ConnectionRow): Pick<ConnectionPage, 'checks' | 'use'> {
  const checks = checksOf(connection).map(({ product, missing }) => ({
    code: product.code,
    name: product.name,
    missing: missing.length === 0 ? null : missing.join(' or '),
  }));
  return { checks, use: exportsView(keeper, connection) };
}

const slotStates = { used: '', ending: 'being revoked', unconfirmed: 'waits for your answer' } as const;

function slotsView(slots: Slots, now: Date): SlotsView | null {
  if (slots.slots.length === 0) return null;
  return {
    used: slots.slots.length,
    limit: slotLimit,
    isUserKnown: slots.zuid !== null,
    list: slots.slots.map(({ name, since, state }) => ({
      name,
      since: moment(since, now),
      words: slotStates[state],
      isThere: state !== 'ending',
    })),
    warning: slotsWarning(slots),
  };
}

function keptFileWords(
  { config, keptFiles }: Keeper,
  { name, status }: ConnectionRow,
  formerNames: readonly FormerName[],
): string[] {
  const names = new Set([name, ...formerNames.map((former) => former.name)]);
  if (status === 'revoked') {
    const paths = config.keptFiles.filter(({ connection }) => names.has(connection)).map(({ path }) => path);
    return paths.map((path) => `${path} stays as it was, and what is in it has ended. Reconnect, or remove it.`);
  }
  return keptFiles
    .failing()
    .filter(({ file }) => names.has(file.connection))
    .map(({ sentence }) => sentence);
}

function unconfirmedView(found: Unconfirmed | null, now: Date): ConnectionPage['unconfirmed'] {
  if (found === null) return null;
  const { flowId, changes, until } = found;
  return { flowId, changes: [...changes], until: moment(until, now) };
}

function refreshView(row: RefreshRow, now: Date): RefreshView {
  return {
    at: moment(row.started_at, now),
    by: requestedByWords[row.requested_by],
    ok: row.result === 'ok',
    words: row.result === 'ok' ? 'New access token' : failureWords(row.result),
    took: row.took_ms === null ? '' : `${row.took_ms} ms`,
  };
}

function failureWords(result: string): string {
  return result === 'pending' ? 'Not finished' : explain(result, 'refresh').sentence;
}
