import { setTimeout as wait } from 'node:timers/promises';
import { program, type Program, someKey, tokenPath } from '../support/program';
import { inProcess, type TestApp } from '../support/start';
import { limit, times } from '../support/full';
import { person } from '../support/person';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const shifts: [string, number][] = [
  ['a day back', -day],
  ['two hours back', -2 * hour],
  ['five minutes back', -5 * minute],
  ['five minutes ahead', 5 * minute],
  ['two hours ahead', 2 * hour],
  ['a year ahead', 365 * day],
];
const rounds = Array.from({ length: times(1, 20) }, () => shifts).flat();

/** When Zoho gave out each access token, by Zoho's clock. */
type Births = Map<string, number>;

describe.each([
  ['runs', 10 * minute, notice],
  // Nothing tells of a small change that was made meanwhile, unless the token is younger than that.
  ['is stopped', minute, (app: TestApp) => app.restart()],
])('a clock that is set wrong, and right again, while the Keeper %s', (_when, age, settle) => {
  it.concurrent.each(rounds)(
    '(%s) never makes it serve a token that has ended, ask Zoho in vain, or wait for a time that will not come',
    async (_what, shift) => {
      const app = await inProcess();
      let script: Program | undefined;
      try {
        const key = await someKey(app.server.store);
        await person(app).connect({ name: 'crm' });
        script = program(app.url, key);
        const births: Births = new Map();
        await expectLiving(app, script, births);
        app.simulator.control.clearRequests();
        for (const seconds of [shift, -shift]) {
          app.advance(age);
          await app.restart();
          await leaveLease(app);
          app.shiftClock(seconds);
          await settle(app, seconds);
          script.stop();
          script = program(app.url, key);
          for (let asked = 0; asked < 5; asked++) await expectLiving(app, script, births);
          app.advance(52 * minute);
          await expectLiving(app, script, births);
        }
        // One for each change of the clock, one each for the time after it.
        expect(app.simulator.control.count({ endpoint: 'refresh' })).toBeLessThanOrEqual(4);
        expect((await script.get('/readyz')).status).toBe(200);
      } finally {
        script?.stop();
        await app.stop();
      }
    },
    limit(60_000),
  );
});

/** Whoever asks gets a token that lives for another minute at Zoho. */
async function expectLiving(app: TestApp, script: Program, births: Births): Promise<void> {
  const { control } = app.simulator;
  const { status, body } = await script.get(tokenPath('crm'));
  const token = String(body['access_token']);
  if (!births.has(token)) births.set(token, control.now());
  const age = (control.now() - (births.get(token) ?? 0)) / 1000;
  expect({ status, lives: age <= hour - minute }).toEqual({ status: 200, lives: true });
}

/** As a process would that died in the middle of a refresh. */
async function leaveLease(app: TestApp): Promise<void> {
  const { db } = app.server.store;
  const row = await db.selectFrom('connections').select('refreshed_at').executeTakeFirstOrThrow();
  const until = new Date(Date.parse(String(row.refreshed_at)) + 15_000).toISOString();
  await db.updateTable('connections').set({ lease_owner: 'dead', lease_until: until }).execute();
}

/** The Keeper looks at its clock every few seconds. That it was put ahead is nothing to notice. */
async function notice(app: TestApp, seconds: number): Promise<void> {
  if (seconds > 0) return;
  const from = app.logged.length;
  while (!app.logged.slice(from).some((line) => line.includes('was put back'))) await wait(50);
}
