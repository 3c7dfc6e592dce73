import { claimAttempt, forgive } from '../../src/auth/failed-sign-ins';
import { Problem } from '../../src/lib/problem';
import { contextOn } from '../support/context';
import { databases } from '../support/postgres';
import { useStore } from '../support/rows';

describe.each(databases)('attempts to sign in on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);
  let seconds = 0;
  const now = (): Date => new Date(Date.UTC(2026, 10, 23, 10) + seconds * 1000);
  const context = () => contextOn(store(), { now });

  /** Seconds to wait, 0 when the attempt may be made. */
  async function waitFor(address: string): Promise<number> {
    try {
      await claimAttempt(context(), address);
      return 0;
    } catch (error) {
      if (error instanceof Problem && error.status === 429) return error.retryAfter ?? -1;
      throw error;
    }
  }

  async function use(address: string, times: number): Promise<void> {
    for (let number = 0; number < times; number++) await claimAttempt(context(), address);
  }

  it('are free five times, then cost a wait that doubles up to a quarter of an hour', async () => {
    await use('192.0.2.1', 5);
    const waits: number[] = [];
    for (let number = 0; number < 12; number++) {
      waits.push(await waitFor('192.0.2.1'));
      seconds += waits.at(-1) ?? 0;
      expect(await waitFor('192.0.2.1')).toBe(0);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  });

  it('say when to come back', async () => {
    await use('192.0.2.2', 5);
    await expect(claimAttempt(context(), '192.0.2.2')).rejects.toThrow(/Try again in 2 seconds\./);
  });

  it('are counted for one address and not for another', async () => {
    await use('192.0.2.3', 5);
    expect(await waitFor('192.0.2.4')).toBe(0);
  });

  it.each([
    ['2001:db8:0:7::1', '2001:DB8::7:1:2:3:4', '2001:db8:0:8::1'],
    ['::1', '::2', '1::1'],
    ['203.0.113.10', '::ffff:203.0.113.10', '203.0.113.11'],
  ])('of %s count for %s too, and not for %s', async (one, same, other) => {
    await use(one, 5);
    expect(await waitFor(same)).toBeGreaterThan(0);
    expect(await waitFor(other)).toBe(0);
  });

  it('are forgotten after the right password, and after a day', async () => {
    await use('192.0.2.5', 4);
    await forgive(context(), '192.0.2.5');
    await use('192.0.2.5', 5);
    expect(await waitFor('192.0.2.5')).toBeGreaterThan(0);
    seconds += 86_401;
    await use('192.0.2.5', 5);
    expect(await waitFor('192.0.2.5')).toBeGreaterThan(0);
  });

  it('that come at once are counted one by one', async () => {
    const waits = await Promise.all(Array.from({ length: 40 }, () => waitFor('192.0.2.6')));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });
});
