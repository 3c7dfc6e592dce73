import { addTokenUses, forgetTokenUses, takersOf, tokensByHour } from '../../src/store/token-uses';
import { databases } from '../support/postgres';
import { at, atOnce, useStore } from '../support/rows';

const use = { hour: at(0), connection_id: 'crm', api_key_id: 'k1', count: 1, last_at: at(5) };

describe.each(databases)('who took tokens, on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('adds up what several instances write at once', async () => {
    const both = [use, { ...use, connection_id: 'desk', count: 2 }];
    await atOnce(4, (n) => addTokenUses(store(), n % 2 === 0 ? both : both.toReversed()));
    expect(await tokensByHour(store(), at(0))).toEqual([{ hour: at(0), count: 12 }]);
    expect(await takersOf(store(), 'desk', at(0))).toEqual([
      { apiKeyId: 'k1', keyName: null, count: 8, lastAt: at(5) },
    ]);
  });

  it('keeps the latest time, whichever instance writes last', async () => {
    await addTokenUses(store(), [{ ...use, connection_id: 'late', last_at: at(9) }]);
    await addTokenUses(store(), [{ ...use, connection_id: 'late', last_at: at(7) }]);
    expect(await takersOf(store(), 'late', at(0))).toMatchObject([{ lastAt: at(9) }]);
  });

  it('writes more rows than one statement takes', async () => {
    const many = Array.from({ length: 2500 }, (_, n) => ({ ...use, hour: at(3600), connection_id: `many-${n}` }));
    await addTokenUses(store(), many);
    expect(await tokensByHour(store(), at(3600))).toEqual([{ hour: at(3600), count: 2500 }]);
  });

  it('names the latest taker first', async () => {
    const hours = [at(7200), at(10_800)];
    await addTokenUses(
      store(),
      hours.map((hour) => ({ ...use, hour, connection_id: 'books', api_key_id: 'k2', count: 3, last_at: hour })),
    );
    await addTokenUses(store(), [
      { ...use, hour: at(7200), connection_id: 'books', api_key_id: '', last_at: at(7205) },
    ]);
    expect(await takersOf(store(), 'books', at(0))).toMatchObject([
      { apiKeyId: 'k2', count: 6 },
      { apiKeyId: '', count: 1 },
    ]);
  });

  it('forgets who before it forgets how many', async () => {
    await forgetTokenUses(store(), at(10_800), at(3600));
    expect(await takersOf(store(), 'crm', at(0))).toEqual([]);
    expect(await takersOf(store(), 'books', at(0))).toMatchObject([{ count: 3 }]);
    expect((await tokensByHour(store(), at(0))).map(({ hour }) => hour)).toEqual([at(3600), at(7200), at(10_800)]);
  });
});
