import fc from 'fast-check';
import { limit } from '../support/full';
import { sendBytes } from '../support/http';
import { anyRequest } from './any-request';
import { batch, createTarget, requests, seed, type Target } from './fuzz';
import { rawRequest } from './raw-request';

const password = 'a password that nobody guesses';
/** The audit log notes these; all else that it could note would be something done. */
const noted = ['api_key_refused', 'secret_in_address', 'form_refused'];

let target: Target;
beforeAll(async () => {
  target = await createTarget({ DASHBOARD_PASSWORD: password });
}, 60_000);
afterAll(() => target.close());

it(
  `${requests} malformed requests: no fault, no leak, no call to Zoho, nothing changed (seed ${seed})`,
  async () => {
    const before = await target.contents();
    const property = fc.asyncProperty(fc.array(anyRequest(target), { minLength: batch, maxLength: batch }), (fuzzed) =>
      target.play(fuzzed),
    );
    await fc.assert(property, { seed, numRuns: Math.ceil(requests / batch), endOnFailure: true });
    const { 0: none = 0, ...answered } = target.statuses();
    expect(Object.keys(answered).map(Number)).toEqual(expect.arrayContaining([200, 303, 400, 401, 403, 404, 415]));
    expect(none).toBeLessThan(requests / 8);
    await unharmed(before);
  },
  limit(300_000),
);

it(
  `${requests / 20} requests of raw bytes: the same (seed ${seed})`,
  async () => {
    const before = await target.contents();
    const property = fc.asyncProperty(
      fc.array(rawRequest(target.site.port), { minLength: 10, maxLength: 10 }),
      async (all) => {
        const answers = await Promise.all(all.map((bytes) => sendBytes(target.site.url, bytes)));
        for (const { status, answer } of answers) {
          expect(status).toBeLessThan(500);
          expect(answer).not.toMatch(/^\s+at .*:\d+/m);
        }
      },
    );
    await fc.assert(property, { seed, numRuns: Math.ceil(requests / 200), endOnFailure: true });
    await unharmed(before);
  },
  limit(300_000),
);

async function unharmed(before: unknown): Promise<void> {
  expect(await target.contents()).toEqual(before);
  expect((await target.actions()).filter((action) => !noted.includes(action))).toEqual([]);
  expect(target.site.simulator.control.count()).toBe(0);
  expect(target.leaks()).toEqual([]);
  for (const line of target.program.written().trim().split('\n')) expect(() => void JSON.parse(line)).not.toThrow();
  expect((await target.someone.visit('/connections/crm')).status).toBe(200);
}
