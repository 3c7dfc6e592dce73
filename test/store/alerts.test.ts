import { addAlert } from '../../src/store/alerts';
import { countUntold, noteEnds, noteState, openAfter, takeUntold, troubledAfter } from '../../src/store/breakages';
import { claimDelivery, dueDeliveries, findDelivery, putOffDeliveries } from '../../src/store/deliveries';
import type { TargetEvent } from '../../src/store/schema';
import { addTarget, listTargets, openAddress, openSecret } from '../../src/store/targets';
import { databases } from '../support/postgres';
import { added, at, atOnce, useStore } from '../support/rows';

const many = 8;
const times = { now: at(9000), failedBefore: at(8000), stumbles: 2 };
const broken = { what: 'break', isEarly: false } as const;

describe.each(databases)('alerts in %s', (_database, freshUrl) => {
  const store = useStore(freshUrl);

  async function target(address: string, events: readonly TargetEvent[] = ['connection.broken']): Promise<string> {
    const wished = { kind: 'slack', name: 'ops', events, address, secret: null } as const;
    return (await addTarget(store(), wished, at(0))) ?? '';
  }

  it('let exactly one of many note a break, its worsening and its end, and tell each', async () => {
    const { id, name } = await added(store());
    const connection = store().db.updateTable('connections').where('id', '=', id);
    const fails = { error_code: 'timed_out', access_token_expires_at: at(1), checked_at: at(0) };
    await connection.set(fails).execute();
    const noted = async (work: () => Promise<unknown[]>): Promise<number> =>
      (await atOnce(many, work)).reduce((sum, rows) => sum + rows.length, 0);
    const refresh = { connection_id: id, refresh_token_id: 'r', requested_by: 'schedule', took_ms: 5 } as const;
    const seen = async () => (await troubledAfter(store(), '', times)).filter((row) => row.id === id);
    expect(await seen()).toEqual([{ id, state: null, noted: null }]);
    expect(await noted(() => noteState(store(), 'failing', [id], times))).toBe(0);
    await store()
      .db.insertInto('refreshes')
      .values({ ...refresh, id: `r-${id}`, started_at: at(7000), result: 'timed_out' })
      .execute();
    expect(await noted(() => noteState(store(), 'failing', [id], times))).toBe(1);
    expect(await noted(() => noteState(store(), 'failing', [id], times))).toBe(0);
    expect(await seen()).toEqual([{ id, state: 'failing', noted: 'failing' }]);
    const told = (): Promise<number> => noted(() => takeUntold(store(), broken, at(9000)));
    expect([await countUntold(store(), broken), await told(), await told()]).toEqual([1, 1, 0]);

    await connection.set({ status: 'needs_reconnect', error_code: 'invalid_code' }).execute();
    expect(await noted(() => noteState(store(), 'needs_reconnect', [id], times))).toBe(1);
    expect(await noted(() => noteState(store(), 'needs_reconnect', [id], times))).toBe(0);
    const [row] = await takeUntold(store(), broken, at(9001));
    expect(row).toMatchObject({ connection_name: name, state: 'needs_reconnect', error_code: 'invalid_code' });

    expect(await noted(() => noteEnds(store(), 'recovered', [id], at(9002)))).toBe(0);
    expect(await openAfter(store(), '')).toContainEqual({ connection_id: id, end: null });
    await connection.set({ status: 'active', error_code: null }).execute();
    expect(await openAfter(store(), '')).toContainEqual({ connection_id: id, end: 'recovered' });
    expect(await openAfter(store(), id)).toEqual([]);
    expect(await noted(() => noteEnds(store(), 'recovered', [id], at(9002)))).toBe(1);
    expect(await noted(() => takeUntold(store(), { what: 'end', isEarly: false }, at(9003)))).toBe(1);
  });

  it('tell nothing of a break that ended before anybody was told', async () => {
    const { id } = await added(store());
    const connection = store().db.updateTable('connections').where('id', '=', id);
    await connection.set({ status: 'needs_reconnect' }).execute();
    expect(await noteState(store(), 'needs_reconnect', [id], times)).toHaveLength(1);
    await connection.set({ status: 'revoked' }).execute();
    expect(await noteEnds(store(), 'gone', [id], at(9002))).toHaveLength(1);
    expect(await takeUntold(store(), broken, at(9003))).toEqual([]);
    expect(await takeUntold(store(), { what: 'end', isEarly: false }, at(9003))).toEqual([]);
  });

  it('go to the targets that have chosen all that is asked for', async () => {
    const ids = [await target('https://a/', ['slots.low']), await target('https://b/', ['slots.low', 'backup.failed'])];
    const goesTo = async (chose: readonly TargetEvent[]): Promise<boolean[]> => {
      const alert = await addAlert(store(), { type: 'slots.low' }, { chose }, at(5000));
      const found = await Promise.all(ids.map((id) => findDelivery(store(), alert, id)));
      return found.map((delivery) => delivery !== undefined);
    };
    expect(await goesTo(['slots.low'])).toEqual([true, true]);
    expect(await goesTo(['slots.low', 'backup.failed'])).toEqual([false, true]);
    expect(await goesTo(['kept_file.failed'])).toEqual([false, false]);
    await store().db.deleteFrom('deliveries').execute();
  });

  it('let exactly one of many make an attempt at a delivery', async () => {
    const id = await target('https://alerts.example.com/');
    await addAlert(store(), { type: 'test' }, { id }, at(0));
    const [delivery, ...more] = await dueDeliveries(store(), at(1));
    if (!delivery) throw new Error('nothing is due');
    const claims = await atOnce(many, () => claimDelivery(store(), delivery, { now: at(1), nextDue: at(11) }));
    expect([claims.filter(Boolean).length, more]).toEqual([1, []]);
    expect(await dueDeliveries(store(), at(10))).toEqual([]);
    expect(await dueDeliveries(store(), at(11))).toMatchObject([{ attempts: 1 }]);
    await store().db.deleteFrom('deliveries').execute();
  });

  it('that were put off meanwhile are not attempted', async () => {
    const id = await target('https://busy.example.com/');
    await addAlert(store(), { type: 'test' }, { id }, at(0));
    const [delivery] = await dueDeliveries(store(), at(1));
    await putOffDeliveries(store(), id, at(30));
    expect(delivery && (await claimDelivery(store(), delivery, { now: at(1), nextDue: at(61) }))).toBe(false);
    expect(await dueDeliveries(store(), at(29))).toEqual([]);
    await store().db.deleteFrom('deliveries').execute();
  });

  it('take an address once and keep it and its secret sealed', async () => {
    const wished = {
      kind: 'webhook',
      name: 'ops',
      events: [],
      address: 'https://once.example.com/',
      secret: 'whsec_s',
    } as const;
    const ids = await atOnce(many, () => addTarget(store(), wished, at(0)));
    const [id, ...others] = ids.filter((one) => one !== null);
    expect(others).toEqual([]);
    const row = (await listTargets(store())).find((one) => one.id === id);
    expect(JSON.stringify(row)).not.toMatch(/once\.example|whsec/);
    expect(row && [openAddress(store(), row), openSecret(store(), row)]).toEqual([wished.address, wished.secret]);
  });
});
