import { shareClock } from '../../src/store/shared-clock';
import { databases } from '../support/postgres';
import { useStore } from '../support/rows';

const hour = 3600_000;

describe.each(databases)('the clock of an instance on %s', (dialect, freshUrl) => {
  const store = useStore(freshUrl);
  afterEach(() => jest.restoreAllMocks());

  it.each([hour, -hour])(
    'is the database’s where that is another computer’s, although its own is wrong (%i ms)',
    async (wrong) => {
      const right = Date.now();
      const own = Date.now.bind(Date);
      jest.spyOn(Date, 'now').mockImplementation(() => own() + wrong);
      const { now } = await shareClock(store(), () => new Date(Date.now()));
      const off = now().getTime() - right;
      if (dialect === 'PostgreSQL') expect(Math.abs(off)).toBeLessThan(5000);
      else expect(Math.abs(off - wrong)).toBeLessThan(5000);
    },
  );

  it('goes on when its own clock is set in between', async () => {
    const { now } = await shareClock(store(), () => new Date(Date.now()));
    const own = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => own() - hour);
    const off = now().getTime() - own();
    if (dialect === 'PostgreSQL') expect(Math.abs(off)).toBeLessThan(5000);
    else expect(Math.abs(off + hour)).toBeLessThan(5000);
  });
});
