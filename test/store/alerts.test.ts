import { addAlert, beginBreakage, endBreakage } from '../../src/store/alerts';
import { inTransaction } from '../../src/store/store';
import { addWebhook, claimDelivery, dueDeliveries, openWebhookSecret, listWebhooks } from '../../src/store/webhooks';
import { databases } from '../support/postgres';
import { added, at, useStore } from '../support/rows';

const times = Array.from({ length: 8 });

describe.each(databases)('alerts in %s', (_database, freshUrl) => {
  const store = useStore(freshUrl);

  it('let exactly one of many announce a break, its worsening and its end', async () => {
    const { id } = await added(store());
    const broken = { connection_id: id, error_code: 'timed_out', since: at(0) };
    const wins = async (work: () => Promise<boolean>): Promise<number> =>
      (await Promise.all(times.map(work))).filter(Boolean).length;
    const begin = (state: 'failing' | 'needs_reconnect') => () =>
      inTransaction(store(), (transaction) => beginBreakage(transaction, { ...broken, state }));
    expect(await wins(begin('failing'))).toBe(1);
    expect(await wins(begin('needs_reconnect'))).toBe(1);
    expect(await wins(begin('failing'))).toBe(0);
    expect(await wins(() => inTransaction(store(), (transaction) => endBreakage(transaction, id)))).toBe(1);
  });

  it('let exactly one of many make an attempt at a delivery', async () => {
    const hook = (await addWebhook(store(), 'https://alerts.example.com/', 'whsec_x', at(0))) ?? '';
    await addAlert(store(), { type: 'test', connection: null, state: null, errorCode: null }, [hook], at(0));
    const [delivery, ...more] = await dueDeliveries(store(), at(1));
    if (!delivery) throw new Error('nothing is due');
    const claims = await Promise.all(
      times.map(() => claimDelivery(store(), delivery, { now: at(1), nextDue: at(11) })),
    );
    expect([claims.filter(Boolean).length, more]).toEqual([1, []]);
    expect(await dueDeliveries(store(), at(10))).toEqual([]);
    expect(await dueDeliveries(store(), at(11))).toMatchObject([{ attempts: 1 }]);
  });

  it('take an address once and keep its secret sealed', async () => {
    const address = 'https://once.example.com/';
    const ids = await Promise.all(times.map(() => addWebhook(store(), address, 'whsec_secret', at(0))));
    expect(ids.filter((id) => id !== null)).toHaveLength(1);
    const row = (await listWebhooks(store())).find(({ url }) => url === address);
    expect(row?.secret_sealed).not.toContain('secret');
    expect(row && openWebhookSecret(store(), row)).toBe('whsec_secret');
  });
});
