import { simulate } from './simulate';

it('the same seed gives the same history, and another one another', async () => {
  const [first, again, other] = [await simulate(1, 8), await simulate(1, 8), await simulate(2, 8)];
  expect(again.hash).toBe(first.hash);
  expect(other.hash).not.toBe(first.hash);
}, 120_000);

/** Within these hours they find the defects of test/defects that name this file; without one, every promise is kept. */
it.each([
  [1, 48],
  [2, 24],
])(
  'keeps every promise by seed %d for %d hours',
  async (seed, hours) => {
    expect((await simulate(seed, hours)).broken).toEqual([]);
  },
  120_000,
);
