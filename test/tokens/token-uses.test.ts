import { DefaultQueryExecutor } from 'kysely';
import { findConnection } from '../../src/store/connections';
import { openStore } from '../../src/store/open';
import { takersOf, tokensByHour } from '../../src/store/token-uses';
import { createTokenUses } from '../../src/tokens/token-uses';
import { contextOn } from '../support/context';
import { person, someName } from '../support/person';
import { freshSqlite } from '../support/postgres';
import { program, someKey, tokenPath } from '../support/program';
import { someKeys } from '../support/rows';
import { inProcess, type TestApp } from '../support/start';

describe('the count of tokens that were given out', () => {
  let app: TestApp;
  let name: string;

  beforeAll(async () => {
    app = await inProcess();
    name = someName();
    await person(app).connect({ name });
  });
  afterAll(() => app.stop());

  it('is written when the Keeper stops, by key and for people', async () => {
    const script = program(app.url, await someKey(app.server.store, { name: 'nightly' }));
    const times = 5;
    for (let n = 0; n < times; n++) expect((await script.get(tokenPath(name))).status).toBe(200);
    script.stop();
    await person(app).submit(`/connections/${name}/reveal`, { token: 'access_token' }, `/connections/${name}`);
    expect(await tokensByHour(app.server.store, '')).toEqual([]);
    await app.restart();
    const { store } = app.server;
    const connection = await findConnection(store, name);
    const takers = await takersOf(store, connection?.id ?? '', '');
    expect(takers.map(({ keyName, count }) => [keyName, count])).toEqual([
      [null, 1],
      ['nightly', times],
    ]);
    const counts = (await tokensByHour(store, '')).map(({ count }) => count);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(times + 1);
  });

  it('costs a program that asks again no statement: the key and the connection are read, and that is all', async () => {
    const script = program(app.url, await someKey(app.server.store));
    await script.get(tokenPath(name));
    const statements = jest.spyOn(DefaultQueryExecutor.prototype, 'executeQuery');
    for (let n = 0; n < 10; n++) expect((await script.get(tokenPath(name))).status).toBe(200);
    const texts = statements.mock.calls.map(([query]) => query.sql);
    statements.mockRestore();
    script.stop();
    const ofTheWay = texts.filter((sql) => /from "(api_keys|connections)" where "(id|name)" = \?/.test(sql));
    expect(ofTheWay).toHaveLength(20);
    expect(texts.filter((sql) => sql.includes('token_') && !sql.includes('connections'))).toEqual([]);
  });
});

it('counts wait in memory while the database cannot be written, and none is lost', async () => {
  const store = await openStore(await freshSqlite(), someKeys());
  const uses = createTokenUses(contextOn(store));
  uses.count('crm', { name: 'key k1', ip: null });
  await store.db.schema.alterTable('token_totals').renameTo('gone').execute();
  await uses.flush();
  uses.count('crm', { name: 'key k1', ip: null });
  await store.db.schema.alterTable('gone').renameTo('token_totals').execute();
  await uses.flush();
  expect(await takersOf(store, 'crm', '')).toMatchObject([{ apiKeyId: 'k1', count: 2 }]);
  await store.close();
});
