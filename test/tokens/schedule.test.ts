import { disconnect, getConnection } from '../../src/connections/connections';
import { markUsed } from '../../src/store/access-tokens';
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

  /** More connects than Zoho allows in ten minutes. */
  function allowMany(): void {
    Object.assign(keeper.simulator.control.settings, { codesPerWindow: 10_000, livingRefreshTokens: 10_000 });
  }

  /** Ticks every five seconds until `seconds` have passed, and returns after how many seconds refreshes came. */
  async function passing(seconds: number): Promise<number[]> {
    const seen: number[] = [];
    for (let passed = 0; passed < seconds; passed += 5) {
      keeper.advance(5);
      const before = refreshes();
      await keeper.schedule.tick();
      await keeper.schedule.look();
      seen.push(...Array.from({ length: refreshes() - before }, () => passed + 5));
    }
    return seen;
  }

  it('replaces a token in use in the last third of its life, and five minutes before the end at the latest, once', async () => {
    const name = await keeper.connection({ used: true });
    keeper.advance(2300);
    expect(await passing(30)).toEqual([]);
    const at = await passing(970);
    expect(at).toHaveLength(1);
    expect(await getConnection(keeper, name)).toMatchObject({ refreshed_by: 'schedule', status: 'active' });
  });

  it('spreads connections that were made together over a quarter of the life', async () => {
    allowMany();
    for (let count = 0; count < 12; count += 1) await keeper.connection({ used: true });
    keeper.advance(2320);
    const at = await passing(980);
    expect(at).toHaveLength(12);
    expect(new Set(at).size).toBeGreaterThan(4);
    expect(Math.max(...at) - Math.min(...at)).toBeGreaterThan(240);
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
      await keeper.schedule.look();
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
    keeper.advance(2300);
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

  it('begins with what was used last when all end in the same minute', async () => {
    await keeper.stop();
    keeper = await withoutServer({ ZOHO_CALLS_AT_ONCE: '1' });
    const names: string[] = [];
    for (const hoursAgo of [5, 1, 9]) {
      const name = await keeper.connection();
      const { id } = await getConnection(keeper, name);
      await markUsed(keeper.store, id, iso(new Date(keeper.now().getTime() + 3600_000 - hoursAgo * 3600_000)));
      names[hoursAgo] = name;
    }
    keeper.advance(3600);
    await keeper.store.db
      .updateTable('connections')
      .set({ renew_by: iso(keeper.now()) })
      .execute();
    await keeper.schedule.tick();
    const { db } = keeper.store;
    const done = await db.selectFrom('connections').select('name').orderBy('refreshed_at').execute();
    expect(done.map(({ name }) => name)).toEqual([names[1], names[5], names[9]]);
  });

  it('renews all tokens in use in time beside many idle connections that are overdue for a look', async () => {
    allowMany();
    const used = new Set<string>();
    for (let count = 0; count < 12; count += 1) used.add(await keeper.connection({ used: true }));
    for (let count = 0; count < 30; count += 1) await keeper.connection();
    const idle = keeper.store.db.updateTable('connections').where('used_at', 'is', null);
    await idle.set({ checked_at: '2020-01-01T00:00:00.000Z', renew_by: '2020-01-01T00:00:00.000Z' }).execute();
    // Looking at all of the idle ones takes several seconds.
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 500, times: Infinity });
    keeper.advance(3600 - 290);
    const looking = keeper.schedule.look();
    await keeper.schedule.tick();
    const rows = await keeper.store.db.selectFrom('connections').select(['name', 'refreshed_by']).execute();
    const renewed = rows.filter((row) => row.refreshed_by === 'schedule').map(({ name }) => name);
    expect(renewed.filter((name) => used.has(name))).toHaveLength(12);
    expect(renewed.length).toBeLessThan(30);
    keeper.simulator.control.faults.clearFaults();
    await looking;
  });

  it('works on not more connections at a time than calls to Zoho are allowed', async () => {
    await keeper.stop();
    keeper = await withoutServer({ ZOHO_CALLS_AT_ONCE: '4' });
    for (let count = 0; count < 7; count += 1) await keeper.connection({ used: true });
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 300, times: 7 });
    keeper.advance(3600);
    await keeper.schedule.tick();
    const arrived = keeper.simulator.control.requests({ endpoint: 'refresh' }).map(({ time }) => Date.parse(time));
    expect(arrived).toHaveLength(7);
    expect((arrived[3] ?? 0) - (arrived[0] ?? 0)).toBeLessThan(250);
    expect((arrived[4] ?? 0) - (arrived[0] ?? 0)).toBeGreaterThan(290);
  });

  it('is shared: two instances work on different connections at the same time', async () => {
    await keeper.stop();
    keeper = await withoutServer({ ZOHO_CALLS_AT_ONCE: '4' });
    const other = await keeper.another();
    for (let count = 0; count < 8; count += 1) await keeper.connection({ used: true });
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 1000, times: 8 });
    keeper.advance(3600);
    await Promise.all([keeper.schedule.tick(), other.schedule.tick()]);
    const arrived = keeper.simulator.control.requests({ endpoint: 'refresh' }).map(({ time }) => Date.parse(time));
    expect(arrived).toHaveLength(8);
    expect((arrived[7] ?? 0) - (arrived[0] ?? 0)).toBeLessThan(900);
  });

  it('leaves what another instance is about to work on alone, until that must be dead', async () => {
    await keeper.connection({ used: true });
    keeper.advance(3600);
    const soon = new Date(keeper.now().getTime() + 45_000);
    await keeper.store.db
      .updateTable('connections')
      .set({ claimed_until: iso(soon) })
      .execute();
    expect(await passing(40)).toEqual([]);
    expect(await passing(20)).toHaveLength(1);
  });
});
