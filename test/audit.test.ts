import { recordHourly, recordUnauthenticated } from '../src/audit';
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
