import { getConnection } from '../../src/connections/connections';
import { iso } from '../../src/lib/time';
import { type TestKeeper, withoutServer } from '../support/keeper';

describe('calls to one data centre', () => {
  let keeper: TestKeeper;
  let names: string[];
  beforeEach(async () => {
    keeper = await withoutServer({ ZOHO_CALLS_AT_ONCE: '3' });
    names = [];
    for (let count = 0; count < 9; count += 1) names.push(await keeper.connection({ used: true }));
    keeper.advance(3600);
    keeper.simulator.control.clearRequests();
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 300, times: Infinity });
  });
  afterEach(() => keeper.stop());

  const arrivals = (): number[] =>
    keeper.simulator.control.requests({ endpoint: 'refresh' }).map(({ time }) => Date.parse(time));

  it('are as many at once as are allowed, however many programs ask', async () => {
    await Promise.all(names.map((name) => keeper.tokens.get(name, 60, 'program')));
    const times = arrivals();
    expect(times).toHaveLength(9);
    for (const [index, time] of times.entries()) expect((times[index + 3] ?? Infinity) - time).toBeGreaterThan(250);
  });

  it('are made for programs first', async () => {
    const ticking = keeper.schedule.tick();
    await keeper.simulator.control.arrived(3, { endpoint: 'refresh' });
    const waiting = await keeper.store.db
      .selectFrom('connections')
      .select(['name'])
      .where('claimed_until', 'is', null)
      .execute();
    const last = waiting.at(-1)?.name ?? '';
    await keeper.tokens.get(last, 60, 'program');
    // Three were under way, and the next place that was free was the program's.
    const before = await keeper.store.db
      .selectFrom('refreshes')
      .select('started_at')
      .where('started_at', '<', (await newest(last)) ?? '')
      .execute();
    expect(before.length).toBeLessThanOrEqual(5);
    await ticking;
    expect(arrivals()).toHaveLength(9);
  });

  it('leave the lease of a refresh that waits for its turn untouched', async () => {
    const asked = names.map((name) => keeper.tokens.get(name, 60, 'program'));
    await keeper.simulator.control.arrived(3, { endpoint: 'refresh' });
    const leased = await keeper.store.db
      .selectFrom('connections')
      .select('name')
      .where('lease_until', '>', iso(keeper.now()))
      .execute();
    expect(leased.length).toBeLessThanOrEqual(3);
    await Promise.all(asked);
  });

  async function newest(name: string): Promise<string | undefined> {
    const { id } = await getConnection(keeper, name);
    const row = await keeper.store.db
      .selectFrom('refreshes')
      .select('started_at')
      .where('connection_id', '=', id)
      .orderBy('started_at', 'desc')
      .executeTakeFirst();
    return row?.started_at;
  }
});
