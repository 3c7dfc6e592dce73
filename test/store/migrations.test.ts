import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database';
import { StorageError } from '../../src/store/errors';
import { migrations } from '../../src/store/migrations';
import { openStore } from '../../src/store/open';
import { databases } from '../support/postgres';
import { built } from '../support/build';
import { startScript } from '../support/process';
import { added, someKeys } from '../support/rows';

// Kills itself at the n-th statement about the schema; prints how many there were when it gets that far.
const migrateAndDie = `
  const [url, deadly] = args;
  const { migrations } = load('store/migrations');
  let statements = 0;
  const counted = (schema) => new Proxy(schema, {
    get: (target, name) => typeof target[name] !== 'function' ? target[name] : (...given) => {
      if (++statements === Number(deadly)) process.kill(process.pid, 'SIGKILL');
      return target[name](...given);
    },
  });
  for (const migration of Object.values(migrations)) {
    const { up } = migration;
    migration.up = (db) => up(new Proxy(db, {
      get: (target, name) => {
        if (name === 'schema') return counted(target.schema);
        const member = target[name];
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }));
  }
  const { db } = await load('store/database').openDatabase(url);
  await db.destroy();
  console.log(statements);
`;

const open = `
  const { db } = await load('store/database').openDatabase(args[0]);
  await db.destroy();
`;

describe.each(databases)('the migrations on %s', (_dialect, freshUrl) => {
  beforeAll(() => built());

  it('run once, and change nothing that is stored when the database is opened again', async () => {
    const [url, keys] = [await freshUrl(), someKeys()];
    const first = await openStore(url, keys);
    const row = await added(first);
    await first.close();
    const second = await openStore(url, keys);
    expect(await second.db.selectFrom('connections').selectAll().execute()).toEqual([row]);
    await second.close();
    expect(await applied(url)).toEqual(Object.keys(migrations));
  });

  it('run once when four processes start together', async () => {
    const url = await freshUrl();
    const scripts = await Promise.all([1, 2, 3, 4].map(() => startScript(open, [url])));
    const ends = await Promise.all(scripts.map((script) => script.ended));
    expect(ends).toMatchObject(ends.map(() => ({ code: 0, signal: null, stderr: '' })));
    expect(await applied(url)).toEqual(Object.keys(migrations));
  });

  it('go on where a process was killed between any two of their statements', async () => {
    const all = Number(await (await startScript(migrateAndDie, [await freshUrl(), '0'])).line());
    expect(all).toBeGreaterThan(10);
    const url = await freshUrl();
    for (const deadly of [1, Math.ceil(all / 3), Math.ceil(all / 2), all - 1, all]) {
      const killed = await (await startScript(migrateAndDie, [url, String(deadly)])).ended;
      expect(killed.signal).toBe('SIGKILL');
    }
    const { db } = await openDatabase(url);
    expect(await db.selectFrom('connections').selectAll().execute()).toEqual([]);
    await db.destroy();
    expect(await applied(url)).toEqual(Object.keys(migrations));
  });

  it('are refused for a database of a newer Keeper, which stays as it is', async () => {
    const url = await freshUrl();
    const { db } = await openDatabase(url);
    await sql`insert into keeper_migration (name, timestamp) values ('999-from-the-future', '2030-01-01')`.execute(db);
    await db.destroy();
    const refusal: unknown = await openDatabase(url).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StorageError);
    expect(String(refusal)).toMatch(/newer Keeper \(it knows 999-from-the-future\): install that version/);
  });
});

async function applied(url: string): Promise<string[]> {
  const { db } = await openDatabase(url);
  const { rows } = await sql<{ name: string }>`select name from keeper_migration order by name`.execute(db);
  await db.destroy();
  return rows.map((row) => row.name);
}
