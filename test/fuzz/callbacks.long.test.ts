import fc, { type Arbitrary } from 'fast-check';
import { batch, createTarget, type FuzzedRequest, requests, seed, type Target } from './fuzz';
import { limit } from '../support/full';
import { encoded, pairs, writtenText } from './input';

const names = ['state', 'state', 'code', 'code', 'error', 'location', 'accounts-server', 'scope', 'error_description'];

let target: Target;
beforeAll(async () => {
  target = await createTarget();
}, 60_000);
afterAll(() => target.close());

it(
  `${requests} malformed callbacks: no fault, no leak, no call to Zoho, nothing stored (seed ${seed})`,
  async () => {
    const before = await target.contents();
    const property = fc.asyncProperty(fc.array(callback(), { minLength: batch, maxLength: batch }), (fuzzed) =>
      target.play(fuzzed),
    );
    await fc.assert(property, { seed, numRuns: Math.ceil(requests / batch), endOnFailure: true });
    // Unknown states and foreign ones have to occur, and little else.
    const { 400: unknown = 0, 403: foreign = 0, 0: none = 0 } = target.statuses();
    expect(Math.min(unknown, foreign)).toBeGreaterThan(requests / 100);
    expect(none).toBeLessThan(requests / 100);
    expect(await target.contents()).toEqual(before);
    expect(new Set(await target.actions())).toEqual(new Set(['callback_refused']));
    expect(target.site.simulator.control.count()).toBe(0);
    expect(target.leaks()).toEqual([]);
  },
  limit(300_000),
);

/** With a state that is right it comes from another browser; in the right browser its state is wrong. */
function callback(): Arbitrary<FuzzedRequest> {
  const { states, someone, site } = target;
  const known = fc.constantFrom(...states);
  const almost = fc
    .tuple(known, fc.nat(42), fc.constantFrom('', 'A', '%00', ' ', '='))
    .map(([state, at, sign]) => state.slice(0, at) + sign + state.slice(at + 1));
  const values = (state: Arbitrary<string>): Arbitrary<string> =>
    fc.oneof(
      { weight: 3, arbitrary: state },
      { weight: 4, arbitrary: writtenText },
      { weight: 3, arbitrary: plausible },
    );
  const stranger = fc.tuple(
    pairs(names, values(fc.oneof(known, almost))),
    fc.constantFrom(undefined, '', 'keeper=s%3Ax.y', `${someone.cookie().split('=')[0]}=s%3Aforged.signature`),
  );
  const owner = pairs(names, values(almost.filter((state) => !states.includes(state)))).map(
    (query): [string, string] => [query, someone.cookie()],
  );
  // Each use of a session is written down, which waits for the disk.
  return fc.oneof({ weight: 5, arbitrary: stranger }, { weight: 1, arbitrary: owner }).map(([query, cookie]) => ({
    method: 'GET',
    path: `/oauth/callback?${query}`,
    headers: { Host: `localhost:${site.port}`, ...(cookie !== undefined && { Cookie: cookie }) },
    body: '',
  }));
}

const plausible = fc.constantFrom(
  ...[
    'us',
    'eu',
    'xx',
    'access_denied',
    'server_error',
    '1000.0123456789abcdef.fedcba9876543210',
    'https://accounts.zoho.com',
    'https://accounts.zoho.eu',
    'https://accounts.zoho.com.evil.test',
    'http://169.254.169.254/',
    '[object Object]',
  ].map(encoded),
);
