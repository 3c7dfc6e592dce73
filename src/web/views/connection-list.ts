import { countAll, type HourOfRefreshes, type ListedConnection, type Place, readPage } from '../../connections/list';
import { addSeconds, iso } from '../../lib/time';
import type { Keeper } from '../../keeper';
import { type Budget, readBudgets } from '../../tokens/budget';
import { explain } from '../../zoho/messages';
import { type AskedList, addressOf } from '../list-query';
import { moment, type Moment, type Tone } from '../words';
import { type LifeView, lifeOf, type StateView, stateOf } from './connection-state';
import { countryOf } from './data-centers';

export interface ListView {
  search: string;
  /** What the form keeps beside the search. */
  kept: Record<string, string>;
  chips: ChipView[];
  sorts: { words: string; href: string; isHere: boolean }[];
  rows: RowView[];
  newerHref: string | null;
  olderHref: string | null;
  /** Where all of them are listed again. */
  allHref: string;
  /** What leads back to this page. */
  here: string;
}

interface ChipView {
  words: string;
  count: string;
  href: string;
  isHere: boolean;
  isTag: boolean;
}

export interface RowView {
  name: string;
  href: string;
  state: StateView;
  label: string;
  account: string;
  tags: string[];
  /** Why it gets no tokens; null when it does. */
  reason: string | null;
  strip: StripView;
  life: LifeView;
  dataCenter: { code: string; country: string };
  canRefresh: boolean;
  /** When a person may refresh again; null when it is now. */
  refreshableAt: Moment | null;
  hasAccessToken: boolean;
  reconnectAt: string | null;
}

export interface StripView {
  cells: { tone: Tone | 'idle' }[];
  words: string;
}

export type Counts = Awaited<ReturnType<typeof countAll>>;

export async function listView(keeper: Keeper, asked: AskedList, counts: Counts): Promise<ListView> {
  const now = keeper.now();
  const { rows, hours, before, after } = await readPage(keeper, asked);
  const budgets = await readBudgets(keeper.store, rows, 'person', now);
  const { query } = asked;
  return {
    search: asked.search,
    kept: { status: query.filter, tag: query.tag, sort: query.sort },
    chips: chipsOf(asked, counts),
    sorts: sortsOf(asked),
    rows: rows.map((row, index) => rowView(row, stripOf(row.id, hours, now), budgets[index], now)),
    newerHref: before && addressOf(asked, { before }),
    olderHref: after && addressOf(asked, { after }),
    allHref: addressOf(asked, { q: '', status: '', tag: '' }),
    here: addressOf(asked, hereOf(asked)).slice(1),
  };
}

function hereOf({ from, isBackwards }: AskedList): { before?: Place; after?: Place } {
  if (from === null) return {};
  return isBackwards ? { before: from } : { after: from };
}

function chipsOf(asked: AskedList, counts: Counts): ChipView[] {
  const { filter, tag } = asked.query;
  const states = [
    ['', 'All', counts.all],
    ['broken', 'Broken', counts.broken],
    ['waiting', 'Waiting', counts.waiting],
    ['disconnected', 'Disconnected', counts.disconnected],
  ] as const;
  return [
    ...states.map(([status, words, count]) => ({
      words,
      count: countWords(count),
      href: addressOf(asked, { status, ...(status === '' && { tag: '' }) }),
      isHere: filter === status && (status !== '' || tag === ''),
      isTag: false,
    })),
    ...counts.tags.map((one) => ({
      words: one.tag,
      count: countWords(one),
      href: addressOf(asked, { tag: one.tag === tag ? '' : one.tag }),
      isHere: one.tag === tag,
      isTag: true,
    })),
  ];
}

export function countWords({ count, isMore }: { count: number; isMore: boolean }): string {
  return `${count.toLocaleString('en-GB')}${isMore ? '+' : ''}`;
}

function sortsOf(asked: AskedList): ListView['sorts'] {
  const sorts = [
    ['', 'Broken first'],
    ['name', 'Name'],
    ['newest', 'Newest'],
  ] as const;
  return sorts
    .filter(([sort]) => sort !== 'newest' || asked.query.words.length === 0)
    .map(([sort, words]) => ({ words, href: addressOf(asked, { sort }), isHere: asked.query.sort === sort }));
}

function rowView(row: ListedConnection, strip: StripView, budget: Budget | undefined, now: Date): RowView {
  const state = stateOf(row, now);
  return {
    name: row.name,
    href: `/connections/${row.name}`,
    state,
    label: row.label,
    account: [row.user_name, row.user_email, row.organisation].filter(Boolean).join(' · '),
    tags: row.tags.split(' ').filter(Boolean),
    reason: reasonOf(row),
    strip,
    life: lifeOf(row, now),
    dataCenter: { code: row.data_center, country: countryOf(row.data_center) },
    canRefresh: row.status === 'active',
    refreshableAt: budget === undefined || budget.free ? null : moment(iso(budget.freeAt), now),
    hasAccessToken: row.access_token_expires_at !== null,
    reconnectAt: reconnectAt(row),
  };
}

function reasonOf({ error_code: code, status }: ListedConnection): string | null {
  if (code === null || status === 'revoked') return null;
  const { sentence, kind } = explain(code, 'refresh');
  // Zoho has been wrong about this before.
  const isDoubted = kind === 'reconnect' && status === 'active';
  return isDoubted ? 'Zoho refused the refresh token. It is asked again in a minute.' : sentence;
}

/** Self clients and clients for devices have no redirect URI of ours: the button would end at an error page of Zoho's. */
export function reconnectAt({
  name,
  client_id: clientId,
  asked_data_center: asked,
}: Pick<ListedConnection, 'name' | 'client_id' | 'asked_data_center'>): string | null {
  if (asked !== null) return null;
  const way = clientId.startsWith('1004.') ? 'device' : 'code';
  return `/connect/${way}?name=${name}&reconnect=yes`;
}

/** The last 24 hours of a connection's refreshes, one cell each. */
export function stripOf(id: string, hours: readonly HourOfRefreshes[], now: Date): StripView {
  const own = new Map(hours.filter((hour) => hour.connection_id === id).map((hour) => [hour.hour, hour]));
  const cells = Array.from({ length: 24 }, (_, index) => {
    const hour = own.get(iso(addSeconds(now, (index - 23) * 3600)).slice(0, 13));
    return { tone: hour === undefined ? 'idle' : toneOf(hour) } as const;
  });
  const sum = (what: 'ok' | 'failed') => [...own.values()].reduce((all, hour) => all + hour[what], 0);
  const [ok, failed] = [sum('ok'), sum('failed')];
  const words = ok + failed === 0 ? 'no refresh' : `${ok} good and ${failed} failed refreshes`;
  return { cells, words: `Last 24 hours: ${words}` };
}

function toneOf({ ok, failed }: HourOfRefreshes): Tone | 'idle' {
  if (failed === 0) return ok === 0 ? 'idle' : 'good';
  return ok === 0 ? 'bad' : 'wait';
}
