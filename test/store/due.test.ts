import { type KyselyPlugin, sql, UpdateQueryNode } from 'kysely';
import { type Claiming, claimInUse, claimUnchecked } from '../../src/store/due';
import { databases, freshSqlite } from '../support/postgres';
import { added, at, atOnce, someAccess, useStore } from '../support/rows';

const times = { now: at(3600), until: at(3645), usedSince: at(0), endingBy: at(3900), restedSince: at(3300) };

describe.each(databases)('what is due on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);
  beforeEach(() => store().db.deleteFrom('connections').execute());

  const claim = (most: number, change: Partial<Claiming> = {}) => claimInUse(store(), { ...times, ...change }, most);

  async function inUse(count: number): Promise<string[]> {
    const rows = await atOnce(count, () => added(store(), { access: someAccess({ receivedAt: at(0) }) }));
    await store()
      .db.updateTable('connections')
      .set({ used_at: at(60) })
      .execute();
    return rows.map(({ id }) => id);
  }

  it('is claimed once, by however many instances that claim at the same time', async () => {
    const ids = await inUse(20);
    const claimed = (await atOnce(8, () => claim(3))).flat().map(({ id }) => id);
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(claimed).toHaveLength(20);
    expect(new Set(claimed)).toEqual(new Set(ids));
  });

  it('is claimed past rows that another instance is claiming just now', async () => {
    await inUse(5);
    // On SQLite one process writes at a time, and nothing can be claimed meanwhile.
    if (store().file !== null) return expect(await claim(9)).toHaveLength(5);
    await store()
      .db.transaction()
      .execute(async (other) => {
        const held = await other.selectFrom('connections').select('id').limit(2).forUpdate().execute();
        const claimed = (await claim(9)).map(({ id }) => id);
        expect(claimed).toHaveLength(3);
        expect(claimed).not.toEqual(expect.arrayContaining(held.map(({ id }) => id)));
      });
  });

  it('is claimed as much as was asked for, and is free again after a while', async () => {
    await inUse(5);
    expect(await claim(2)).toHaveLength(2);
    expect(await claim(9)).toHaveLength(3);
    expect(await claim(9, { now: at(3644) })).toHaveLength(0);
    expect(await claim(9, { now: at(3645), until: at(3690) })).toHaveLength(5);
  });

  it('is no connection that rests, is refreshed just now, or that nobody uses', async () => {
    const [paused, leased, idle, due] = await inUse(4);
    const set = store().db.updateTable('connections');
    await set
      .set({ retry_at: at(3601) })
      .where('id', '=', paused ?? '')
      .execute();
    await set
      .set({ lease_until: at(3601) })
      .where('id', '=', leased ?? '')
      .execute();
    await set
      .set({ used_at: null })
      .where('id', '=', idle ?? '')
      .execute();
    expect((await claim(9)).map(({ id }) => id)).toEqual([due]);
  });

  it('is a connection that nobody uses once a day, and not more often when it fails', async () => {
    const { id } = await added(store());
    const check = (now: number) => {
      const today = { now: at(now), until: at(now + 45), checkedBefore: at(now - 86_400) };
      return claimUnchecked(store(), today, 9);
    };
    expect(await check(86_399)).toEqual([]);
    expect(await check(86_400)).toHaveLength(1);
    await store()
      .db.updateTable('connections')
      .set({ failed_at: at(86_400) })
      .where('id', '=', id)
      .execute();
    expect(await check(100_000)).toEqual([]);
    expect(await check(172_800)).toHaveLength(1);
  });
});

describe('what is due among very many', () => {
  const store = useStore(freshSqlite);

  it('is found by when it is due, and not by reading all that are active', async () => {
    const explained = { ...store(), db: store().db.withPlugin(explaining) };
    const plan: unknown = await claimInUse(explained, times, 9);
    const detail = 'SEARCH connections USING INDEX connections_by_renewal (renew_by<?)';
    expect(plan).toContainEqual(expect.objectContaining({ detail }));
  });
});

/** Makes a claim tell how SQLite would find it. */
const explaining: KyselyPlugin = {
  transformQuery: ({ node }) =>
    UpdateQueryNode.is(node)
      ? { ...node, explain: { kind: 'ExplainNode', options: sql`query plan`.toOperationNode() } }
      : node,
  transformResult: async ({ result }) => result,
};
