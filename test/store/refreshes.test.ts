import {
  beginRefresh,
  countRefreshes,
  endRefresh,
  forgetRefreshesBefore,
  oldestRefresh,
  recentRefreshes,
  refreshesOf,
} from '../../src/store/refreshes';
import type { Store } from '../../src/store/store';
import { createRefreshCounts } from '../../src/tokens/refresh-counts';
import { databases } from '../support/postgres';
import { added, at, useStore } from '../support/rows';

async function startsSince(store: Store, refreshTokenId: string, time: string): Promise<string[]> {
  const refreshes = await refreshesOf(store, [refreshTokenId], time);
  return refreshes.get(refreshTokenId)?.map((refresh) => refresh.started_at) ?? [];
}

describe.each(databases)('the ledger of refreshes on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('holds a refresh from before it is asked for, so that a crash cannot hide it', async () => {
    const row = await added(store());
    await beginRefresh(store(), row, 'program', at(5));
    expect(await startsSince(store(), row.refresh_token_id, at(0))).toEqual([at(5)]);
    expect(await recentRefreshes(store(), row.id, 10)).toMatchObject([
      { requested_by: 'program', result: 'pending', took_ms: null },
    ]);
  });

  it('notes how a refresh ended and how long it took', async () => {
    const row = await added(store());
    const id = await beginRefresh(store(), row, 'person', at(5));
    await endRefresh(store(), id, 'timed_out', 10_003);
    expect(await recentRefreshes(store(), row.id, 10)).toMatchObject([{ result: 'timed_out', took_ms: 10_003 }]);
  });

  it('lists the newest first, as many as asked for', async () => {
    const row = await added(store());
    for (const time of [3, 1, 2]) await beginRefresh(store(), row, 'schedule', at(time));
    const recent = await recentRefreshes(store(), row.id, 2);
    expect(recent.map((refresh) => refresh.started_at)).toEqual([at(3), at(2)]);
  });

  it('counts for one refresh token, and only what came after the given time', async () => {
    const [one, other] = [await added(store()), await added(store())];
    for (const time of [10, 30, 20]) await beginRefresh(store(), one, 'program', at(time));
    await beginRefresh(store(), other, 'program', at(25));
    expect(await startsSince(store(), one.refresh_token_id, at(10))).toEqual([at(20), at(30)]);
  });

  it('forgets what is old', async () => {
    const row = await added(store());
    for (const time of [-200, -50]) await beginRefresh(store(), row, 'program', at(time));
    await forgetRefreshesBefore(store(), at(-100));
    expect(await startsSince(store(), row.refresh_token_id, at(-1000))).toEqual([at(-50)]);
  });

  it('forgets all that is old, however much it is', async () => {
    const row = await added(store());
    await beginRefresh(store(), row, 'program', at(-300));
    const { id: _id, ...ledger } = await store().db.selectFrom('refreshes').selectAll().executeTakeFirstOrThrow();
    const many = Array.from({ length: 1100 }, (_, number) => ({
      ...ledger,
      id: `old-${number}`,
      started_at: at(-200),
    }));
    for (const part of [many.slice(0, 600), many.slice(600)]) {
      await store().db.insertInto('refreshes').values(part).execute();
    }
    await forgetRefreshesBefore(store(), at(-100));
    expect(await oldestRefresh(store())).not.toBe(at(-200));
    expect(await countRefreshes(store(), at(-400), at(-100))).toEqual([]);
  });

  it('is counted for metrics without reading again what is over', async () => {
    const row = await added(store());
    const hour = 3600;
    await store().db.deleteFrom('refreshes').execute();
    for (const time of [-5 * hour, -4 * hour, 0]) await beginRefresh(store(), row, 'program', at(time));
    let now = new Date(at(10));
    const count = createRefreshCounts({ store: store(), now: () => now });
    expect(await count()).toEqual([{ result: 'pending', requested_by: 'program', count: 3 }]);
    await beginRefresh(store(), row, 'person', at(5));
    // Long over, so it is not looked for there.
    await beginRefresh(store(), row, 'program', at(-4 * hour));
    expect(await count()).toEqual([
      { result: 'pending', requested_by: 'person', count: 1 },
      { result: 'pending', requested_by: 'program', count: 3 },
    ]);
    now = new Date(at(3 * hour));
    await forgetRefreshesBefore(store(), at(-hour));
    expect((await count()).map((line) => line.count)).toEqual([1, 1]);
  });
});
