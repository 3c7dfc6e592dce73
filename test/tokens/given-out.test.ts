import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { type TestKeeper, withoutServer } from '../support/keeper';
import { freshPostgres, query } from '../support/postgres';
import { someKeys } from '../support/rows';

describe('a token that a program is given while somebody reconnects', () => {
  let url: string;
  let keeper: TestKeeper;
  let name: string;
  const holder = (): Client => new Client({ connectionString: url });
  beforeEach(async () => {
    url = await freshPostgres();
    keeper = await withoutServer({ DATABASE_URL: url, ENCRYPTION_KEYS: someKeys() });
    name = await keeper.connection();
  });
  afterEach(() => keeper.stop());

  it.each(['the program', 'the reconnect'])('works, when %s is first at the row', async (first) => {
    const asking = () => keeper.serve.tokenForProgram(name, null, { name: 'program', ip: null });
    const client = holder();
    await client.connect();
    await client.query('begin');
    await client.query('select 1 from connections for update');
    const [one, other] = first === 'the program' ? [asking, reconnecting] : [reconnecting, asking];
    const works = [one()];
    await waiting(1);
    works.push(other());
    await waiting(2);
    await client.query('commit');
    await client.end();
    const given = (await Promise.all(works)).find((result) => result !== undefined);
    await keeper.inFlight.ended();
    const headers = { authorization: `Zoho-oauthtoken ${given?.accessToken}` };
    expect((await fetch(`${keeper.simulator.apiUrls.us}/crm/v8/org`, { headers })).status).toBe(200);
  });

  async function reconnecting(): Promise<undefined> {
    await keeper.reconnect(name);
    return undefined;
  }

  /** So many statements wait for the row. */
  async function waiting(count: number): Promise<void> {
    const statement = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    while ((await query(url, statement)).length < count) await wait(10);
  }
});
