import fc from 'fast-check';
import { inProcess, type TestApp } from '../support/start';
import { limit, times } from '../support/full';
import { person, someName } from '../support/person';
import { program, type Program, refreshPath, someKey, tokenPath } from '../support/program';

const windowMilliseconds = 600_000;
/** Zoho allows ten; the Keeper stays one below. */
const most = 9;

/** Those that end at once. Zoho's own word for its limit is among them, sent when the limit is not reached. */
const faults = ['json_503', 'reset_at_connect', 'truncated_json', 'access_denied', 'html_200', 'invalid_code'] as const;

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('force' as const), times: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), minTtl: fc.integer({ min: 0, max: 3000 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('click' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      fault: fc.constantFrom(...faults),
      processed: fc.boolean(),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/** About an hour: what happens, and how many seconds pass before. */
const hour = fc.array(fc.tuple(fc.integer({ min: 0, max: 90 }), action), { minLength: 80, maxLength: 80 });

describe('the budget of refreshes', () => {
  let app: TestApp;
  let script: Program;
  let key: string;
  beforeAll(async () => {
    app = await inProcess();
    key = await someKey(app.server.store);
    script = program(app.url, key);
  });
  afterAll(async () => {
    script.stop();
    await app.stop();
  });

  async function play(name: string, step: Action): Promise<void> {
    switch (step.kind) {
      case 'force':
        await Promise.all(Array.from({ length: step.times }, () => script.post(refreshPath(name))));
        // One after the other they are not joined into one refresh.
        for (let time = 0; time < step.times; time++) await script.post(refreshPath(name));
        return;
      case 'get':
        await Promise.all(Array.from({ length: 5 }, () => script.get(tokenPath(name, `?min_ttl=${step.minTtl}`))));
        return;
      case 'click':
        await person(app).submit(`/connections/${name}/refresh`, {}, `/connections/${name}`).catch(withoutButton);
        return;
      case 'restart':
        await app.restart();
        // The connections that it kept open are gone.
        script.stop();
        script = program(app.url, key);
        return;
      case 'fault':
        app.simulator.control.faults.inject({ endpoint: 'refresh', kind: step.fault, processed: step.processed });
    }
  }

  it(
    'holds for an hour of forced refreshes, clicks, restarts and faults in any order',
    async () => {
      let refreshes = 0;
      const property = fc.asyncProperty(hour, async (steps) => {
        const { control } = app.simulator;
        const name = someName();
        control.faults.clearFaults();
        app.advance(3700);
        await person(app).connect({ name });
        control.clearRequests();
        for (const [seconds, step] of steps) {
          app.advance(seconds);
          await play(name, step);
        }
        const times = control.requests({ endpoint: 'refresh' }).map((request) => Date.parse(request.time));
        refreshes += times.length;
        expect(busiest(times)).toBeLessThanOrEqual(most);
        expect(control.throttled()).toBe(0);
      });
      await fc.assert(property, { numRuns: times(5, 60), endOnFailure: true });
      // A Keeper that never refreshes would pass as well.
      expect(refreshes).toBeGreaterThan(20);
    },
    limit(120_000),
  );

  it('keeps one refresh for a person when programs have used theirs up', async () => {
    app.simulator.control.faults.clearFaults();
    app.advance(3700);
    const name = someName();
    await person(app).connect({ name });
    for (let time = 0; time < 8; time++) expect((await script.post(refreshPath(name))).status).toBe(200);
    expect((await script.post(refreshPath(name))).status).toBe(429);
    const someone = person(app);
    await someone.submit(`/connections/${name}/refresh`);
    expect((await someone.visit('/')).text).toContain(`“${name}” has a new access token`);
    await someone.submit(`/connections/${name}/refresh`);
    expect((await someone.visit('/')).text).toContain(`“${name}” was not refreshed`);
    expect(app.simulator.control.throttled()).toBe(0);
  });
});

/** The page of a connection that waits or has to be reconnected may have no such button. */
function withoutButton(error: unknown): void {
  if (!(error instanceof Error) || !error.message.startsWith('the page has no form')) throw error;
}

/** The largest number of these times within any ten minutes. */
function busiest(times: readonly number[]): number {
  const counts = times.map(
    (start) => times.filter((time) => time >= start && time < start + windowMilliseconds).length,
  );
  return Math.max(0, ...counts);
}
