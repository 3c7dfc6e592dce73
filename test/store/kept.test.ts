import { join } from 'node:path';
import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database';
import { keptQuery, keptStatements } from '../../src/store/kept';
import { inTransaction } from '../../src/store/store';
import { databases, freshFolder } from '../support/postgres';
import { added, someGrant, useStore } from '../support/rows';

describe.each(databases)('a kept query on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);
  const idOf = keptQuery((db) => db.selectFrom('connections').select('id').where('name', '=', ''));

  it('is asked with another value each time', async () => {
    const [first, second] = [await added(store(), someGrant()), await added(store(), someGrant())];
    expect(await idOf(store().db, first.name)).toEqual({ id: first.id });
    expect(await idOf(store().db, second.name)).toEqual({ id: second.id });
    expect(await idOf(store().db, 'nobody')).toBeUndefined();
  });

  it('sees what its transaction has written, and the others do not', async () => {
    const undone = inTransaction(store(), async (transaction) => {
      const { id, name } = await added(transaction, someGrant({ name: 'undone' }));
      expect(await idOf(transaction.db, name)).toEqual({ id });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await idOf(store().db, 'undone')).toBeUndefined();
  });
});

it('a kept statement sees tables as they are by now, whoever changed them', async () => {
  const url = `sqlite:${join(freshFolder(), 'keeper.db')}`;
  const [one, other] = [await openDatabase(url), await openDatabase(url)];
  const read = () => sql<object>`select * from meta`.execute(one.db);
  await sql`insert into meta (key, value) values ('a', '1')`.execute(one.db);
  expect((await read()).rows[0]).toEqual({ key: 'a', value: '1' });
  await sql`alter table meta add column more text default 'yes'`.execute(other.db);
  expect((await read()).rows[0]).toEqual({ key: 'a', value: '1', more: 'yes' });
  await Promise.all([one.close(), other.close()]);
});

it('statements are prepared once for each text, and do not pile up', () => {
  const prepared: string[] = [];
  const prepare = keptStatements((text) => ({ number: prepared.push(text) }));
  expect(prepare('select 1')).toBe(prepare('select 1'));
  expect(prepared).toEqual(['select 1']);
  for (let number = 0; number < 10_000; number++) prepare(`select ${number} + 1`);
  expect(prepare('select 1').number).toBeGreaterThan(1);
});
