import { limit, times } from '../support/full';
import { simulate } from './simulate';

/** Any seed will do; `npm run simulate` takes others. What one of them finds is replayed by it. */
const seeds = Array.from({ length: times(2, 100) }, (_, n) => 1000 + n);
const hours = times(500, 1000);

it.each(seeds)(
  'in hours of crashes, partitions, slow answers and clocks that jump, every promise is kept (seed %d)',
  async (seed) => {
    const { broken, last } = await simulate(seed, hours);
    expect(broken.length === 0 ? [] : [`npm run simulate -- --seed ${seed}`, ...broken, ...last.slice(-40)]).toEqual(
      [],
    );
  },
  limit(400_000),
);
