import { disconnect, getConnection } from '../../src/connections/connections';
import { markUsed } from '../../src/store/connections';
import { iso } from '../../src/lib/time';
import { type TestKeeper, withoutServer } from '../support/keeper';

const day = 24 * 3600;

describe('keeping tokens fresh', () => {
  let keeper: TestKeeper;
  beforeEach(async () => {
    keeper = await withoutServer();
  });
  afterEach(() => keeper.stop());

  const refreshes = (): number => keeper.simulator.control.count({ endpoint: 'refresh' });

  /** Ticks every five seconds until `seconds` have passed, and returns after how many seconds refreshes came. */
  async function passing(seconds: number): Promise<number[]> {
    const seen: number[] = [];
    for (let passed = 0; passed < seconds; passed += 5) {
      keeper.advance(5);
      const before = refreshes();
      await keeper.schedule.tick();
      seen.push(...Array.from({ length: refreshes() - before }, () => passed + 5));
    }
    return seen;
  }

  it('replaces a token in use in the last five minutes of its life, once', async () => {
    const name = await keeper.connection({ used: true });
    keeper.advance(3600 - 400);
    expect(await passing(99)).toEqual([]);
    const at = await passing(300);
    expect(at).toHaveLength(1);
    expect(at[0]).toBeLessThanOrEqual(65);
    expect(await getConnection(keeper, name)).toMatchObject({ refreshed_by: 'schedule', status: 'active' });
  });

  it('spreads connections that were made together', async () => {
    for (let count = 0; count < 8; count += 1) await keeper.connection({ used: true });
    keeper.advance(3600 - 305);
    const at = await passing(80);
    expect(at).toHaveLength(8);
    expect(new Set(at).size).toBeGreaterThan(2);
  });

  it('leaves a token that nobody uses alone when it runs out, and looks at the connection once a day', async () => {
    const name = await keeper.connection();
    keeper.advance(3600);
    expect(await passing(600)).toEqual([]);
    const checks: number[] = [];
    for (let quarters = 0; quarters < 4 * 24 * 4; quarters += 1) {
      keeper.advance(900);
      const before = refreshes();
      await keeper.schedule.tick();
      if (refreshes() > before) checks.push(quarters * 900);
    }
    expect([3, 4]).toContain(checks.length);
    const pauses = checks.slice(1).map((time, n) => time - (checks[n] ?? 0));
    expect(pauses.every((pause) => Math.abs(pause - day) <= 900)).toBe(true);
    expect((await getConnection(keeper, name)).refreshed_by).toBe('schedule');
  });

  it('stops to keep a connection fresh a day after its last use', async () => {
    const name = await keeper.connection({ used: true });
    const { id } = await getConnection(keeper, name);
    keeper.advance(3600);
    await keeper.schedule.tick();
    expect(refreshes()).toBe(1);
    await markUsed(keeper.store, id, iso(new Date(keeper.now().getTime() - (day + 60) * 1000)));
    keeper.advance(3600);
    await keeper.schedule.tick();
    expect(refreshes()).toBe(1);
  });

  it('asks nothing of Zoho when it starts again and again while tokens still live', async () => {
    await keeper.connection({ used: true });
    keeper.advance(3600 - 400);
    for (let count = 0; count < 10; count += 1) await (await keeper.another()).schedule.tick();
    expect(refreshes()).toBe(0);
  });

  it('refreshes once when several instances find the same token about to end', async () => {
    await keeper.connection({ used: true });
    const other = await keeper.another();
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 200 });
    keeper.advance(3600);
    await Promise.all([keeper.schedule.tick(), other.schedule.tick()]);
    expect(refreshes()).toBe(1);
  });

  it('gets a second opinion about a minute after a refusal, without anybody asking, and believes that', async () => {
    const name = await keeper.connection();
    keeper.revokeAtZoho();
    await expect(keeper.tokens.refresh(name, 'program')).rejects.toMatchObject({ code: 'needs_reconnect' });
    expect((await getConnection(keeper, name)).status).toBe('active');
    const at = await passing(600);
    expect(at).toEqual([60]);
    expect((await getConnection(keeper, name)).status).toBe('needs_reconnect');
  });

  it('forgets a refusal that the second opinion does not confirm', async () => {
    const name = await keeper.connection();
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'invalid_code' });
    await expect(keeper.tokens.refresh(name, 'person')).rejects.toMatchObject({ code: 'needs_reconnect' });
    expect(await passing(600)).toEqual([60]);
    expect(await getConnection(keeper, name)).toMatchObject({ status: 'active', error_code: null, refused_at: null });
  });

  it('backs off while Zoho is in trouble, and is back within one step afterwards', async () => {
    const name = await keeper.connection({ used: true });
    keeper.advance(3600);
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: Infinity });
    const at = await passing(600);
    expect(at.length).toBeGreaterThan(4);
    expect(at.length).toBeLessThanOrEqual(8);
    keeper.simulator.control.faults.clearFaults();
    expect(await passing(305)).toHaveLength(1);
    expect((await getConnection(keeper, name)).error_code).toBeNull();
  });

  it('leaves throttled, refused and disconnected connections alone', async () => {
    const throttled = await keeper.connection({ used: true });
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'access_denied' });
    await expect(keeper.tokens.refresh(throttled, 'program')).rejects.toMatchObject({ code: 'throttled' });
    const gone = await keeper.connection({ used: true });
    await disconnect(keeper, gone, { name: 'person', ip: null });
    keeper.simulator.control.clearRequests();
    keeper.advance(3600);
    const { id } = await getConnection(keeper, throttled);
    await keeper.store.db
      .updateTable('connections')
      .set({ throttled_until: iso(new Date(keeper.now().getTime() + 600_000)) })
      .where('id', '=', id)
      .execute();
    expect(await passing(300)).toEqual([]);
  });

  it('refreshes not more than four connections at a time', async () => {
    for (let count = 0; count < 7; count += 1) await keeper.connection({ used: true });
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 300, times: 7 });
    keeper.advance(3600);
    await keeper.schedule.tick();
    const arrived = keeper.simulator.control.requests({ endpoint: 'refresh' }).map(({ time }) => Date.parse(time));
    expect(arrived).toHaveLength(7);
    expect((arrived[3] ?? 0) - (arrived[0] ?? 0)).toBeLessThan(250);
    expect((arrived[4] ?? 0) - (arrived[0] ?? 0)).toBeGreaterThan(290);
  });
});
