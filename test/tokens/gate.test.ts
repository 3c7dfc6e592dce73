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
    const asked = names.slice(0, 3).map((name) => keeper.tokens.get(name, 60, 'program'));
    await keeper.simulator.control.arrived(3, { endpoint: 'refresh' });
    // What it claims has to wait, and so does the program after it.
    const ticking = keeper.schedule.tick();
    let claimed: string[] = [];
    while (claimed.length < 3) claimed = await claimedNames();
    const next = names.slice(3).find((name) => !claimed.includes(name)) ?? '';
    asked.push(keeper.tokens.get(next, 60, 'program'));
    await Promise.all(asked);
    await ticking;
    const ledger = await keeper.store.db
      .selectFrom('refreshes')
      .select('requested_by')
      .orderBy('started_at')
      .orderBy('requested_by')
      .execute();
    const order = ledger.map((line) => line.requested_by);
    expect(order).toHaveLength(9);
    expect(order.slice(0, 4)).toEqual(['program', 'program', 'program', 'program']);
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

  /** What the schedule has taken up. */
  async function claimedNames(): Promise<string[]> {
    const rows = await keeper.store.db
      .selectFrom('connections')
      .select('name')
      .where('claimed_until', 'is not', null)
      .execute();
    return rows.map(({ name }) => name);
  }
});
