import { addApiKey, usedHours } from '../../src/store/api-keys';
import { addTokenUses } from '../../src/store/token-uses';
import { databases } from '../support/postgres';
import { at, useStore } from '../support/rows';

describe.each(databases)('the use of API keys on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('is told hour by hour, for all keys and for one', async () => {
    for (const id of ['one', 'two', 'idle']) {
      const key = { id, secret: id, name: id, connections: null, rights: 'read', expiresAt: null } as const;
      await addApiKey(store(), key, at(0));
    }
    const [first, second, third] = [at(0), at(3600), at(7200)];
    const use = (api_key_id: string, hour: string, connection_id: string) =>
      ({ api_key_id, hour, connection_id, count: 1, last_at: hour }) as const;
    await addTokenUses(store(), [
      use('one', first, 'a'),
      use('one', first, 'b'),
      use('one', third, 'a'),
      use('two', second, 'a'),
      use('', second, 'a'),
    ]);
    const all = await usedHours(store(), [first, second]);
    expect(new Map(all)).toEqual(
      new Map([
        ['one', new Set([first])],
        ['two', new Set([second])],
      ]),
    );
    const [only] = await usedHours(store(), [first, second, third], 'one');
    expect(only).toEqual(['one', new Set([first, third])]);
  });
});
