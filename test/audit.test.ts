import { byKeeper, record, recordHourly, recordRefused, recordUnauthenticated } from '../src/audit';
import { type Context, inTransaction } from '../src/context';
import { listLog } from './support/start';
import { at, useStore } from './support/rows';
import { contextOn } from './support/context';
import { recentEvents } from './support/events';
import { freshSqlite } from './support/postgres';

const store = useStore(freshSqlite);

it('what nobody has signed in for is recorded ten times a minute, of the rest the number', async () => {
  let seconds = 0;
  const record = recordUnauthenticated(contextOn(store(), { now: () => new Date(at(seconds)) }));
  const refused = { action: 'api_key_refused', subject: null };
  const stranger = (number: number) => ({ name: 'unknown program', ip: `192.0.2.${number}` });
  for (let number = 1; number <= 25; number++) await record(stranger(number), refused);
  expect(await recentEvents(store(), 100)).toHaveLength(10);

  seconds = 59;
  await record(stranger(26), refused);
  expect(await recentEvents(store(), 100)).toHaveLength(10);

  seconds = 60;
  await record(stranger(27), { ...refused, detail: 'why' });
  seconds = 61;
  await record(stranger(28), refused);
  const newest = await recentEvents(store(), 2);
  expect(newest.map(({ ip, detail }) => [ip, detail])).toEqual([
    ['192.0.2.28', null],
    ['192.0.2.27', 'why; 16 more before it were not recorded'],
  ]);

  // A clock that was put back does not silence the log until it has caught up.
  seconds = -3600;
  await record(stranger(29), refused);
  expect(await recentEvents(store(), 100)).toHaveLength(13);
});

it('what is recorded once an hour is recorded beside one that a clock ahead has dated', async () => {
  const use = { action: 'api_called', subject: 'crm' };
  const actor = { name: 'script', ip: null };
  for (const [seconds, count] of [
    [30 * 24 * 3600, 1],
    [0, 2],
    [60, 2],
  ] as const) {
    // Each time another process, which remembers nothing.
    await recordHourly(contextOn(store(), { now: () => new Date(at(seconds)) }))(actor, use);
    const events = (await recentEvents(store(), 100)).filter(({ action }) => action === use.action);
    expect(events).toHaveLength(count);
  }
});

it('events go to the log as well when LOG_EVENTS says so, with the same members', async () => {
  const event = { action: 'connected', subject: 'crm', detail: 'again' };
  for (const [env, lines] of [
    [{ LOG_EVENTS: 'yes' }, [{ level: 'info', actor: 'owner', ip: '192.0.2.1', ...event, message: 'audit' }]],
    [{}, []],
  ] as const) {
    const logged: string[] = [];
    await record({ ...contextOn(store(), { env }), log: listLog(logged) }, { name: 'owner', ip: '192.0.2.1' }, event);
    expect(logged.map((line): unknown => JSON.parse(line))).toEqual(lines);
  }
});

it('events reach the log once their transaction is committed, and not when it is undone', async () => {
  const logged: string[] = [];
  const context = { ...contextOn(store(), { env: { LOG_EVENTS: 'yes' } }), log: listLog(logged) };
  const event = { action: 'connected', subject: 'crm' };
  const act = async (transaction: Context): Promise<void> => {
    await record(transaction, byKeeper, event);
    expect(logged).toEqual([]);
  };
  const undone = inTransaction(context, async (transaction) => {
    await act(transaction);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await inTransaction(context, act);
  expect(logged).toEqual([expect.stringContaining('"audit"')]);
});

it('refusals are recorded ten times a minute by action, whichever process they come to', async () => {
  let seconds = 100_000;
  const now = () => new Date(at(seconds));
  const count = async () =>
    (await recentEvents(store(), 1000)).filter(({ action }) => action === 'form_refused').length;
  const refuse = () =>
    recordRefused(contextOn(store(), { now }), { name: 'x', ip: null }, { action: 'form_refused', subject: null });
  for (let number = 1; number <= 25; number++) await refuse();
  expect(await count()).toBe(10);
  seconds += 61;
  await refuse();
  expect(await count()).toBe(11);
});
