import { findNamed, knownNames, pageOfConnections } from '../../src/store/connection-names';
import { beginRefresh, refreshesOf } from '../../src/store/refreshes';
import { databases } from '../support/postgres';
import { added, at, useStore } from '../support/rows';

/** More than a statement takes: SQLite has 32,766 at the most, PostgreSQL 65,535. */
const many = Array.from({ length: 70_000 }, (_, n) => `many-${String(n).padStart(6, '0')}`);

describe.each(databases)('connections by name on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);
  beforeAll(async () => {
    for (const name of ['crm', 'crm_2', 'crm-3', 'desk', 'many-000003', 'many-041000', 'many-069999']) {
      await added(store(), { name });
    }
  });

  it('come page by page for 70,000 names, whichever of them there are', async () => {
    const pages: string[][] = [];
    for (let after = ''; ;) {
      const rows = await pageOfConnections(store(), { after, limit: 2, names: [...many, 'desk'].toReversed() });
      if (rows.length === 0) break;
      pages.push(rows.map((row) => row.name));
      after = pages.at(-1)?.at(-1) ?? '';
    }
    expect(pages).toEqual([
      ['desk', 'many-000003'],
      ['many-041000', 'many-069999'],
    ]);
  });

  it('are told from 70,000 names that somebody asks for', async () => {
    expect([...(await knownNames(store(), many))]).toEqual(['many-000003', 'many-041000', 'many-069999']);
  });

  it.each([
    ['CRM', ['crm', 'crm-3', 'crm_2']],
    ['_', ['crm_2']],
    ['%', []],
    ['\\', []],
    ['00003', ['many-000003']],
  ])('are found by the letters %j', async (letters, names) => {
    const found = (await findNamed(store(), letters, 10)).map(({ name }) => name);
    expect(found.toSorted()).toEqual(names);
  });

  it('are found so many at the most', async () => {
    expect(await findNamed(store(), '', 2)).toHaveLength(2);
  });

  it('have their refreshes counted, 70,000 at once', async () => {
    const row = await added(store());
    await beginRefresh(store(), row, 'program', at(5));
    const refreshes = await refreshesOf(store(), [...many, row.refresh_token_id], at(0));
    expect(refreshes.get(row.refresh_token_id)).toEqual([{ started_at: at(5), result: 'pending' }]);
  });
});
