import { addAlert } from '../../src/store/alerts';
import { correctFuture } from '../../src/store/clock';
import { findConnectionById } from '../../src/store/connections';
import { findFailedSignIns, saveFailedSignIns } from '../../src/store/failed-sign-ins';
import { beginRefresh, recentRefreshes } from '../../src/store/refreshes';
import { findFlow } from '../../src/store/flows';
import type { ConnectionRow } from '../../src/store/schema';
import { readSession, writeSession } from '../../src/store/sessions';
import type { Store } from '../../src/store/store';
import { databases } from '../support/postgres';
import { added, at, started, useStore } from '../support/rows';

const hour = 3600;
const day = 24 * hour;

async function changed(store: Store, change: Partial<ConnectionRow>): Promise<ConnectionRow> {
  const row = await added(store);
  await store.db.updateTable('connections').set(change).where('id', '=', row.id).execute();
  await correctFuture(store, new Date(at(0)));
  return (await findConnectionById(store, row.id)) ?? row;
}

describe.each(databases)('what a clock that was ahead has written on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('does not let a token pass for valid', async () => {
    const row = await changed(store(), { refreshed_at: at(day), access_token_expires_at: at(day + hour) });
    expect(row).toMatchObject({ refreshed_at: at(0), access_token_expires_at: at(0) });
  });

  it('does not keep a refresh waiting', async () => {
    const row = await changed(store(), {
      lease_owner: 'dead',
      lease_until: at(day),
      retry_at: at(day),
      throttled_until: at(day),
    });
    expect(row).toMatchObject({ lease_owner: null, lease_until: null, retry_at: null, throttled_until: null });
  });

  it('does not put a second opinion or the daily look off', async () => {
    const row = await changed(store(), { refused_at: at(day), checked_at: at(day), used_at: at(day) });
    expect(row).toMatchObject({ refused_at: at(0), checked_at: null, used_at: at(0) });
  });

  it('counts in the budget as if it had ended just now', async () => {
    const row = await added(store());
    for (const seconds of [day - 2 * hour, day - 300, day]) await beginRefresh(store(), row, 'program', at(seconds));
    await correctFuture(store(), new Date(at(0)));
    const moved = (await recentRefreshes(store(), row.id, 10)).map((refresh) => refresh.started_at);
    expect(moved).toEqual([at(0), at(-300), at(-2 * hour)]);
  });

  it('does not keep anybody from signing in', async () => {
    const attempt = { network: '192.0.2.1', attempts: 20, wait_until: at(day + 900), updated_at: at(day) };
    await saveFailedSignIns(store(), undefined, attempt);
    await correctFuture(store(), new Date(at(0)));
    expect(await findFailedSignIns(store(), '192.0.2.1')).toBeUndefined();
  });

  it('keeps neither an alert waiting, nor a session or an attempt to connect alive', async () => {
    const { db } = store();
    await addAlert(store(), { type: 'test' }, { id: 'somewhere' }, at(day));
    await writeSession(store(), 'ahead', '{}', { now: at(day), expiresAt: at(day + 12 * hour) });
    await writeSession(store(), 'right', '{}', { now: at(0), expiresAt: at(12 * hour) });
    const flow = await started(store(), {}, at(day));
    await correctFuture(store(), new Date(at(0)));
    expect(await db.selectFrom('deliveries').select('due_at').execute()).toEqual([{ due_at: at(0) }]);
    expect(await readSession(store(), 'ahead', at(0))).toBeNull();
    expect(await readSession(store(), 'right', at(0))).toBe('{}');
    expect(await findFlow(store(), flow.id)).toMatchObject({ created_at: at(0), updated_at: at(0) });
  });

  it('is left alone when it may be right, by clocks that differ a little and pauses that Zoho asked for', async () => {
    const times = {
      refreshed_at: at(30),
      lease_until: at(40),
      throttled_until: at(hour),
      retry_at: at(300),
      refused_at: at(0),
    };
    expect(await changed(store(), times)).toMatchObject({ ...times, access_token_expires_at: at(hour) });
  });
});
