import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { exportConnection } from '../../src/exports/exports';
import { type TestKeeper, withoutServer } from '../support/keeper';
import { freshPostgres, query } from '../support/postgres';
import { someKeys } from '../support/rows';

const by = { name: 'program', ip: null };

interface Given {
  readonly accessToken: string;
  readonly refreshToken: string | null;
}

const ways: readonly { way: string; ask(keeper: TestKeeper, name: string): Promise<Given> }[] = [
  {
    way: 'by a call',
    ask: async (keeper, name) => ({ ...(await keeper.serve.tokenForProgram(name, null, by)), refreshToken: null }),
  },
  {
    way: 'in a file',
    async ask(keeper, name) {
      const { text } = await exportConnection(keeper, keeper.tokens, { name, format: 'json' }, by);
      const { access_token: accessToken, refresh_token: refreshToken } = JSON.parse(text);
      return { accessToken, refreshToken };
    },
  },
];

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

  it.each(ways.flatMap(({ way, ask }) => ['the program', 'the reconnect'].map((first) => ({ way, first, ask }))))(
    'works $way, when $first is first at the row',
    async ({ first, ask }) => {
      const asking = () => ask(keeper, name);
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
      const living = keeper.simulator.control.livingRefreshTokens().map(({ value }) => value);
      if (first === 'the reconnect' && given?.refreshToken) expect(living).toContain(given.refreshToken);
    },
  );

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
