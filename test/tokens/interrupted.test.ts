import { getConnection } from '../../src/connections/connections';
import { addSeconds, iso } from '../../src/lib/time';
import { claimRefresh } from '../../src/store/leases';
import { beginRefresh, recentRefreshes } from '../../src/store/refreshes';
import { readBudget } from '../../src/tokens/budget';
import { type TestKeeper, withoutServer } from '../support/keeper';

describe('a refresh whose instance died', () => {
  let keeper: TestKeeper;
  beforeEach(async () => {
    keeper = await withoutServer();
  });
  afterEach(() => keeper.stop());

  it('is told as interrupted by the next one, once, and counts for the budget', async () => {
    const name = await keeper.connection();
    const { store } = keeper;
    const seen = await getConnection(keeper, name);
    const time = keeper.now();
    await claimRefresh(store, seen, 'dead', { now: iso(time), until: iso(addSeconds(time, 15)) });
    await beginRefresh(store, seen, 'schedule', iso(time));
    keeper.advance(16);
    for (let count = 0; count < 2; count += 1) await keeper.tokens.refresh(name, 'program');
    const results = (await recentRefreshes(store, seen.id, 9)).map(({ result }) => result);
    expect(results).toEqual(['ok', 'ok', 'interrupted']);
    const events = await store.db
      .selectFrom('events')
      .select(['actor', 'subject'])
      .where('action', '=', 'refresh_interrupted')
      .execute();
    expect(events).toEqual([{ actor: 'keeper', subject: name }]);
    const budget = await readBudget(store, await getConnection(keeper, name), 'program', keeper.now());
    expect(budget.tenMinutes.used).toBe(3);
  });
});
