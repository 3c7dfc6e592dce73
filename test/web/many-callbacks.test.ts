import { someKeys } from '../store/support';
import { startApp, type TestApp } from '../support/app';
import { pathOf, person, someName } from '../support/person';
import { freshPostgres } from '../support/postgres';

// SQLite does its work within one turn of the event loop, so only here do the callbacks really overlap.
describe('on PostgreSQL', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ DATABASE_URL: await freshPostgres(), ENCRYPTION_KEYS: someKeys() });
  });
  afterAll(() => app.stop());

  it('thirty equal callbacks at once exchange the code once, and all get a sane answer', async () => {
    const someone = person(app);
    const name = someName();
    const callback = pathOf(await someone.consent({ name }));
    const pages = await Promise.all(Array.from({ length: 30 }, () => someone.visit(callback)));
    expect(pages.map((page) => page.status)).toEqual(pages.map(() => 200));
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(1);
    expect((await someone.visit(`/connections/${name}`)).text).toContain('Active');
  });
});
