import { slotsOf } from '../../src/connections/slots';
import { contextOn } from '../support/context';
import { databases } from '../support/postgres';
import { added, someGrant, useStore } from '../support/rows';

describe.each(databases)('the refresh tokens of one user on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);
  const { account } = someGrant();
  const ofUser = (zuid: string | null) => ({ account: { ...account, zuid } });

  it('are all counted, and those of other users right up to the limit', async () => {
    const own = await added(store(), ofUser('1'));
    await added(store(), ofUser('1'));
    const unknown = await added(store(), ofUser(null));
    for (let user = 2; user < 19; user++) await added(store(), ofUser(String(user)));
    const context = contextOn(store());
    expect(await slotsOf(context, own)).toMatchObject({ zuid: '1', slots: { length: 2 }, ofClient: 20 });
    expect(await slotsOf(context, unknown)).toMatchObject({
      zuid: null,
      slots: [{ name: unknown.name }],
      ofClient: 20,
    });
    for (let user = 20; user < 50; user++) await added(store(), ofUser(String(user)));
    expect((await slotsOf(context, own)).ofClient).toBe(2 + 21);
  });
});
