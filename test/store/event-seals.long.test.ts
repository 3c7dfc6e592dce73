import { sql } from 'kysely';
import { contextOn } from '../support/context';
import { databases } from '../support/postgres';
import { at, someKeys } from '../support/rows';
import { examine } from '../../src/maintenance/doctor';
import { createSealing } from '../../src/maintenance/sealing';
import { deleteEvents, recordEvent, takeEventsBefore } from '../../src/store/events';
import { noteMoved, sealEvents, verifyEvents } from '../../src/store/event-seals';
import { openStore } from '../../src/store/open';
import { inTransaction, type OpenStore } from '../../src/store/store';
import { listLog } from '../support/start';

describe.each(databases)('the seals of the audit log on %s', (_dialect, freshUrl) => {
  let store: OpenStore;
  let url: string;
  let keys: string;
  beforeEach(async () => {
    [url, keys] = [await freshUrl(), someKeys()];
    store = await openStore(url, keys);
    for (let batch = 0; batch < 4; batch++) {
      for (let event = 0; event < 3; event++) await add(batch * 60 + event);
      await seal();
    }
  });
  afterEach(() => store.close());

  const add = (seconds: number) =>
    recordEvent(store, { name: 'owner', ip: null }, { action: 'connected', subject: 'crm' }, at(seconds));
  const seal = () => inTransaction(store, sealEvents);
  const broken = async () => (await verifyEvents(store)).brokenAt;

  it('say that all is well when nothing was changed, also after events that have no seal yet', async () => {
    await add(1000);
    expect(await verifyEvents(store)).toEqual({ since: at(0), seals: 4, brokenAt: null });
    expect(await seal()).toBe('000000000005');
    expect(await seal()).toBeNull();
    expect((await verifyEvents(store)).seals).toBe(5);
  });

  it.each([
    ['an event was removed', `delete from events where at = '${at(61)}'`, at(60)],
    ['an event was changed', `update events set actor = 'another' where at = '${at(122)}'`, at(120)],
    ['an event was added to a seal', `update events set seal = '000000000002' where at = '${at(180)}'`, at(60)],
    ['all events of a seal were removed', `delete from events where seal = '000000000002'`, at(60)],
    ['a seal was removed', `delete from event_seals where id = '000000000003'`, at(180)],
    [
      'a seal was put in the place of another',
      `update event_seals set chain_sealed = (select chain_sealed from event_seals where id = '000000000001') where id = '000000000003'`,
      at(120),
    ],
    ['all events were removed', 'delete from events', at(0)],
  ])('name the place where %s', async (_what, statement, place) => {
    await sql.raw(statement).execute(store.db);
    expect(await broken()).toBe(place);
  });

  it('name the place where events and their seal were removed', async () => {
    await sql.raw(`delete from events where seal = '000000000002'`).execute(store.db);
    await sql.raw(`delete from event_seals where id = '000000000002'`).execute(store.db);
    expect(await broken()).toBe(at(120));
  });

  it('are looked at by doctor', async () => {
    const auditFinding = async () => (await examine(contextOn(store))).find(({ subject }) => subject === 'Audit log');
    expect(await auditFinding()).toMatchObject({ good: true, words: `whole in 4 seals since ${at(0)}.` });
    await sql.raw(`delete from events where at = '${at(61)}'`).execute(store.db);
    expect(await auditFinding()).toMatchObject({
      good: false,
      words: expect.stringContaining(`events after ${at(60)}`),
    });
  });

  it('take no offence at old events that were moved into a file, also in part, and say since when they hold', async () => {
    const move = (before: number, limit: number): Promise<void> =>
      inTransaction(store, async (locked) =>
        noteMoved(locked, await deleteEvents(locked, await takeEventsBefore(locked, at(before), limit))),
      );
    await move(62, 200);
    expect(await verifyEvents(store)).toEqual({ since: at(120), seals: 2, brokenAt: null });
    // A batch may end between two events of one moment.
    for (let event = 0; event < 3; event++) await add(200);
    await add(300);
    await seal();
    await add(400);
    await seal();
    await move(201, 9);
    expect((await store.db.selectFrom('events').selectAll().where('at', '=', at(200)).execute()).length).toBe(1);
    expect(await verifyEvents(store)).toEqual({ since: at(400), seals: 1, brokenAt: null });
    await sql.raw(`delete from event_seals where id = '000000000002'`).execute(store.db);
    expect(await broken()).toBe(at(120));
  });

  it('name the place where the oldest events were removed, with or without their seals', async () => {
    await sql.raw(`delete from events where seal <= '000000000002'`).execute(store.db);
    expect(await broken()).toBe(at(0));
    await sql.raw(`delete from event_seals where id <= '000000000002'`).execute(store.db);
    expect(await broken()).toBe(at(120));
  });

  it('are made once by two instances at once', async () => {
    await add(1000);
    const other = await openStore(url, keys);
    const made = await Promise.all([seal(), inTransaction(other, sealEvents)]);
    expect(made.filter(Boolean)).toEqual(['000000000005']);
    expect(await broken()).toBeNull();
    await other.close();
  });

  it('tell the log when seals that this process made have gone', async () => {
    const logged: string[] = [];
    const sealing = createSealing({ ...contextOn(store), log: listLog(logged) });
    await add(1000);
    await sealing();
    expect(logged).toEqual([]);
    await sql.raw(`delete from event_seals where id > '000000000003'`).execute(store.db);
    await sql.raw("update events set seal = null where seal > '000000000003'").execute(store.db);
    await sealing();
    expect(logged).toEqual([expect.stringContaining('seals of the audit log were removed from the database')]);
  });
});
