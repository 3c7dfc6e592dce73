import {
  forgetSessionsBefore,
  readSession,
  removeAllSessions,
  removeSession,
  removeSessions,
  writeSession,
} from '../../src/store/sessions';
import { openStore } from '../../src/store/open';
import { databases } from '../support/postgres';
import { at, someKeys, useStore } from '../support/rows';

const times = { now: at(0), expiresAt: at(100) };

describe.each(databases)('sessions on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('gives back what a session holds, storing neither its id nor its content in clear', async () => {
    await writeSession(store(), 'id-of-the-session', '{"flash":"sentence-of-the-page"}', times);
    expect(await readSession(store(), 'id-of-the-session', at(1))).toBe('{"flash":"sentence-of-the-page"}');
    const rows = await store().db.selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(rows)).not.toMatch(/id-of-the-session|sentence-of-the-page/);
  });

  it('replaces what a session held before, and prolongs it', async () => {
    await writeSession(store(), 'prolonged', 'old', times);
    await writeSession(store(), 'prolonged', 'new', { now: at(50), expiresAt: at(150) });
    expect(await readSession(store(), 'prolonged', at(120))).toBe('new');
  });

  it('ends a session at its time, and takes no id for another one', async () => {
    await writeSession(store(), 'over', 'data', times);
    expect(await readSession(store(), 'over', at(99))).toBe('data');
    expect(await readSession(store(), 'over', at(100))).toBeNull();
    expect(await readSession(store(), 'OVER', at(1))).toBeNull();
  });

  it('removes none when none are named', async () => {
    await writeSession(store(), 'stays', 'data', times);
    expect(await removeSessions(store(), [])).toBe(0);
    expect(await readSession(store(), 'stays', at(1))).toBe('data');
  });

  it('removes one session, the old ones, or all', async () => {
    for (const id of ['one', 'two', 'three']) await writeSession(store(), id, id, times);
    await writeSession(store(), 'old', 'old', { now: at(0), expiresAt: at(10) });
    await removeSession(store(), 'one');
    await forgetSessionsBefore(store(), at(20));
    expect(await Promise.all(['one', 'two', 'old'].map((id) => readSession(store(), id, at(1))))).toEqual([
      null,
      'two',
      null,
    ]);
    await removeAllSessions(store());
    expect(await readSession(store(), 'three', at(1))).toBeNull();
  });

  it('takes a session that no key opens any more for none', async () => {
    const url = await freshUrl();
    const [oldKey, newKey] = [someKeys('old'), someKeys('new')];
    const before = await openStore(url, oldKey);
    await writeSession(before, 'session', 'data', times);
    await before.db.deleteFrom('meta').execute(); // As if the old key had been retired.
    await before.close();
    const after = await openStore(url, newKey);
    expect(await readSession(after, 'session', at(1))).toBeNull();
    await after.close();
  });
});
