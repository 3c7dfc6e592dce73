import { saveDetails, searchWords } from '../../src/store/connection-details';
import { type ListQuery, listPage, type Place } from '../../src/store/connection-list';
import { countList, countTags } from '../../src/store/connection-parts';
import { deleteConnection, findConnection, forgetTokens, renewConnection } from '../../src/store/connections';
import { claimRefresh, type Failure, saveFailure } from '../../src/store/leases';
import type { Store } from '../../src/store/store';
import { databases } from '../support/postgres';
import { added, at, someGrant, useStore } from '../support/rows';

const everything: ListQuery = { words: [], filter: '', tag: '', sort: '' };
const now = at(60);

describe.each(databases)('the list of connections on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  beforeAll(async () => {
    for (const name of ['a-well', 'b-refused', 'c-failing', 'd-retrying', 'e-throttled', 'f-gone', 'g-well']) {
      await added(store(), { name });
    }
    await fail(store(), 'b-refused', { status: 'needs_reconnect' });
    await fail(store(), 'c-failing', {}, at(-1));
    await fail(store(), 'd-retrying', {});
    await fail(store(), 'e-throttled', { throttled_until: at(600) }, at(-1));
    await forgetTokens(store(), await row(store(), 'f-gone'));
  });

  it('begins with what is broken, then with what waits, and has the rest in the order of the names', async () => {
    expect(await namesOf(store(), {})).toEqual([
      'b-refused',
      'c-failing',
      'd-retrying',
      'e-throttled',
      'a-well',
      'f-gone',
      'g-well',
    ]);
  });

  it.each([
    [{ filter: 'broken' }, ['b-refused', 'c-failing']],
    [{ filter: 'waiting' }, ['d-retrying', 'e-throttled']],
    [{ filter: 'active' }, ['a-well', 'g-well']],
    [{ filter: 'disconnected' }, ['f-gone']],
    [{ filter: 'broken', words: ['fail'] }, ['c-failing']],
    [{ words: ['ELL'] }, ['a-well', 'g-well']],
    [{ words: ['100%'] }, []],
    [{ words: ['_'] }, []],
    [
      { sort: 'name', words: ['r'] },
      ['a-well', 'b-refused', 'c-failing', 'd-retrying', 'e-throttled', 'f-gone', 'g-well'],
    ],
  ] as const)('leaves with %j only those', async (change, names) => {
    expect(await namesOf(store(), change)).toEqual(names);
  });

  it('is the same list forwards and backwards, page by page', async () => {
    for (const sort of ['', 'name', 'newest'] as const) {
      const all = await namesOf(store(), { sort });
      const [pages, back] = [
        await turn(store(), { ...everything, sort }),
        await turn(store(), { ...everything, sort }, true),
      ];
      expect(pages.flat()).toEqual(all);
      expect(back.toReversed().flat()).toEqual(all);
    }
    expect((await turn(store(), { ...everything, words: ['e'] })).flat()).toHaveLength(7);
  });

  it('counts what it would show', async () => {
    const none = { isMore: false };
    expect(await countList(store(), now)).toEqual({
      all: { count: 7, ...none },
      broken: { count: 2, ...none },
      waiting: { count: 2, ...none },
      disconnected: { count: 1, ...none },
    });
  });

  it('finds a connection by what people wrote on it, under its new name, and by its account', async () => {
    const { id } = await added(store(), { name: 'h-old' });
    const details = { name: 'h-new', label: 'Größe & Söhne', note: 'secret-note', tags: ['prod', 'eu'] };
    expect(await saveDetails(store(), id, details)).toBe(true);
    for (const words of [
      ['h-new'],
      ['GRÖSSE'.replace('SS', 'ß')],
      ['söhne', 'maria'],
      ['#prod'],
      ['maria@example.com', 'h-new'],
    ]) {
      expect(await namesOf(store(), { words })).toContain('h-new');
    }
    expect(await namesOf(store(), { words: ['h-old'] })).toEqual([]);
    expect(await namesOf(store(), { words: ['secret-note'] })).toEqual([]);
    expect(await namesOf(store(), { tag: 'prod' })).toEqual(['h-new']);
    expect(await namesOf(store(), { tag: 'pro' })).toEqual([]);
    expect(await countTags(store())).toEqual([
      { tag: 'eu', count: 1, isMore: false },
      { tag: 'prod', count: 1, isMore: false },
    ]);

    const renewed = someGrant({ name: 'h-new' });
    const account = { ...renewed.account, organisation: 'Zylker' };
    await renewConnection(store(), await row(store(), 'h-new'), { ...renewed, account }, now);
    expect(await namesOf(store(), { words: ['zylker'], tag: 'eu' })).toEqual(['h-new']);

    await deleteConnection(store(), await row(store(), 'h-new'));
    expect(await countTags(store())).toEqual([]);
    expect(await namesOf(store(), { words: ['zylker'] })).toEqual([]);
    expect(await saveDetails(store(), id, details)).toBe(false);
  });
});

describe.each(databases)('a search on %s that finds hundreds', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);
  const name = (number: number): string => `many-${String(number).padStart(3, '0')}`;
  const all = [name(77), name(400), ...Array.from({ length: 600 }, (_, number) => name(number))];

  beforeAll(async () => {
    await added(store(), { name: 'other' });
    const { id, ...other } = await row(store(), 'other');
    const names = all.slice(2);
    const rows = names.map((one) => ({ ...other, id: `${id}-${one}`, name: one }));
    for (let from = 0; from < 600; from += 100) {
      await store()
        .db.insertInto('connections')
        .values(rows.slice(from, from + 100))
        .execute();
      const words = rows.slice(from, from + 100).map((one) => ({ name: one.name, words: searchWords(one) }));
      await store().db.insertInto('connection_search').values(words).execute();
    }
    for (const broken of all.slice(0, 2)) await fail(store(), broken, { status: 'needs_reconnect' });
  });

  it('is in the order of the list, page by page', async () => {
    const expected = [...all.slice(0, 2), ...all.slice(2).filter((one) => !all.slice(0, 2).includes(one))];
    const pages = await turn(store(), { ...everything, words: ['many'] }, false, 70);
    expect(pages.flat()).toEqual(expected);
    expect(await turn(store(), { ...everything, words: ['many-07', '7'] }, false, 70)).toEqual([
      [name(77), ...[70, 71, 72, 73, 74, 75, 76, 78, 79].map(name)],
    ]);
  });
});

async function namesOf(store: Store, change: Partial<ListQuery>): Promise<string[]> {
  const query = { ...everything, ...change };
  const { rows } = await listPage(store, query, { from: null, isBackwards: false, size: 50 }, now);
  return rows.map(({ name }) => name);
}

/** All pages, from the first to the last or the other way. */
async function turn(store: Store, query: ListQuery, isBackwards = false, size = 2): Promise<string[][]> {
  const pages: string[][] = [];
  const start = { part: query.sort === '' ? 3 : 0, time: at(1e6), name: 'zzz' };
  let from: Place | null = isBackwards ? (query.sort === 'newest' ? { part: 0, time: '', name: '' } : start) : null;
  do {
    const page = await listPage(store, query, { from, isBackwards, size }, now);
    pages.push(page.rows.map(({ name }) => name));
    from = isBackwards ? page.before : page.after;
  } while (from !== null);
  return pages;
}

async function row(store: Store, name: string) {
  const found = await findConnection(store, name);
  if (!found) throw new Error(`${name} is missing`);
  return found;
}

async function fail(
  store: Store,
  name: string,
  failure: Partial<Failure>,
  endedAt: string | null = null,
): Promise<void> {
  const lease = await claimRefresh(store, await row(store, name), 'somebody', { now, until: now });
  if (!lease) throw new Error('somebody else holds it');
  await saveFailure(store, lease, { error_code: 'general_error', failed_at: now, failures: 1, ...failure });
  if (endedAt === null) return;
  await store.db
    .updateTable('connections')
    .set({ access_token_expires_at: endedAt })
    .where('name', '=', name)
    .execute();
}
