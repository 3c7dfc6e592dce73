import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { someKeys } from '../../support/rows';
import { inProcess, type TestApp } from '../../support/start';
import { pathOf, person, someName } from '../../support/person';
import { freshPostgres, query } from '../../support/postgres';

const callbacks = 8;

// SQLite does its work within one turn of the event loop, so only here do callbacks really overlap.
describe('on PostgreSQL', () => {
  let app: TestApp;
  let url: string;
  beforeAll(async () => {
    url = await freshPostgres();
    app = await inProcess({ DATABASE_URL: url, ENCRYPTION_KEYS: someKeys() });
  });
  afterAll(() => app.stop());

  it('of equal callbacks that all found the state unused, one exchanges the code and all get a sane answer', async () => {
    const someone = person(app);
    const name = someName();
    const callback = pathOf(await someone.consent({ name }));
    const release = await holdFlows();
    const visits = Array.from({ length: callbacks }, () => someone.visit(callback));
    while ((await waiting()) < callbacks) await wait(10);
    await release();
    const pages = await Promise.all(visits);
    expect(pages.map((page) => page.status)).toEqual(pages.map(() => 200));
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(1);
    expect((await someone.visit(`/connections/${name}`)).text).toContain('Active');
  });

  /** Nobody can change a flow until the function that this returns is called; reading goes on. */
  async function holdFlows(): Promise<() => Promise<void>> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query('begin');
    await client.query('select * from flows for update');
    return async () => {
      await client.query('commit');
      await client.end();
    };
  }

  async function waiting(): Promise<number> {
    const blocked = `wait_event_type = 'Lock' and datname = current_database()`;
    return (await query(url, `select 1 from pg_stat_activity where ${blocked}`)).length;
  }
});
