import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { inspectDatabase } from '../../src/store/backup';
import { openStore } from '../../src/store/open';
import { databases, freshFolder, freshPostgres, query } from '../support/postgres';
import { startScript } from '../support/process';

const dump = readFileSync(join(__dirname, 'first-release.sql'), 'utf8');
const keys = '3e886686:qRlg2a3HIKVBGdo9hVvLjWv4q6SirWcuxRIMwP8R8oI=';
/** What another program leaves that uses Kysely as well. */
const foreign = (schema = '') => `
  create table ${schema}kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null);
  insert into ${schema}kysely_migration values ('2024-01-01-orders', '2024');`;

const open = `
  const store = await load('store/open').openStore(...args);
  await store.close();`;

describe('another program’s migrations on PostgreSQL', () => {
  it('in another schema are no business of the Keeper’s', async () => {
    const url = await freshPostgres();
    await query(url, `create schema shop; ${foreign('shop.')}`);
    expect(await connectionsOf(url)).toEqual([]);
  });

  it('in the same schema are none either, even where they may not be read', async () => {
    const url = await freshPostgres();
    await query(url, foreign());
    const keeper = await roleFor(url);
    expect(await connectionsOf(keeper)).toEqual([]);
    expect(await query(url, 'select name from kysely_migration')).toEqual([{ name: '2024-01-01-orders' }]);
  });

  it('beside the Keeper of an earlier version leave that one’s where they are', async () => {
    const url = await freshPostgres();
    await query(url, `${dump}; create schema shop; ${foreign('shop.')}`);
    expect(await connectionsOf(url)).toEqual(['crm', 'desk']);
    expect(await query(url, 'select name from shop.kysely_migration')).toHaveLength(1);
  });

  it('with tables of the same names are told, with what to do', async () => {
    const url = await freshPostgres();
    await query(url, 'create table sessions (id integer)');
    await expect(openStore(url, keys)).rejects.toThrow(
      /something of another program under a name that the Keeper needs \(.*sessions.*\): give the Keeper a database or a schema/,
    );
    await query(url, 'create schema keeper');
    expect(await connectionsOf(`${url}?options=-c%20search_path%3Dkeeper`)).toEqual([]);
  });
});

it.each(['keeper', 'kysely'])(
  'tables of the Keeper behind another schema are not left empty-handed (%s)',
  async (name) => {
    const url = await freshPostgres();
    await query(url, dump);
    if (name === 'keeper') await connectionsOf(url);
    await query(url, 'create schema before');
    const path = (schemas: string) => `${url}?options=${encodeURIComponent(`-c search_path=${schemas}`)}`;
    await expect(openStore(path('before,public'), keys)).rejects.toThrow(
      'The Keeper’s tables are in the schema public, but search_path begins with before',
    );
    expect(await connectionsOf(path('before'))).toEqual([]);
    expect(await connectionsOf(path('public,before'))).toEqual(['crm', 'desk']);
  },
);

it('a PostgreSQL database of an earlier version is taken over once by four processes that start together', async () => {
  const url = await freshPostgres();
  await query(url, dump);
  const scripts = await Promise.all([1, 2, 3, 4].map(() => startScript(open, [url, keys])));
  const ends = await Promise.all(scripts.map((script) => script.ended));
  expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null, stdout: '', stderr: '' })));
  expect(await connectionsOf(url)).toEqual(['crm', 'desk']);
});

describe('a SQLite file', () => {
  it.each([
    ['with migrations of its own', foreign()],
    ['with tables of its own', 'create table bookmarks (url text)'],
  ])('of another program %s is refused and stays as it is', async (_what, statements) => {
    const file = sqliteWith(statements);
    await expect(openStore(`sqlite:${file}`, keys)).rejects.toThrow(/is the database of another program/);
    expect(tablesOf(file)).toHaveLength(1);
  });

  it('whose first start was killed in an earlier version is a new one', async () => {
    const file = sqliteWith(dump.split('\n').slice(0, 2).join('\n'));
    expect(await connectionsOf(`sqlite:${file}`)).toEqual([]);
  });

  it('tells which version it is of, by the older name of the table and by the newer', async () => {
    const file = sqliteWith(dump);
    expect(inspectDatabase(file).schema).toBe('007-activity');
    expect(await connectionsOf(`sqlite:${file}`)).toEqual(['crm', 'desk']);
    expect(inspectDatabase(file).schema).not.toBe('007-activity');
    expect(tablesOf(file).filter((name) => name.includes('migration'))).toEqual([
      'keeper_migration',
      'keeper_migration_lock',
    ]);
  });
});

it.each(databases)('a %s database is opened a second time as it was left', async (_dialect, freshUrl) => {
  const url = await freshUrl();
  for (const _time of [1, 2]) expect(await connectionsOf(url)).toEqual([]);
});

async function connectionsOf(url: string): Promise<string[]> {
  const store = await openStore(url, keys);
  const rows = await store.db.selectFrom('connections').select('name').orderBy('name').execute();
  await store.close();
  return rows.map(({ name }) => name);
}

/** The URL of a role that may make tables and sees nothing of what others made. */
async function roleFor(url: string): Promise<string> {
  const name = `keeper_${new URL(url).pathname.slice(-6)}`;
  await query(url, `create role ${name} login password 'secret'; grant usage, create on schema public to ${name}`);
  return Object.assign(new URL(url), { username: name, password: 'secret' }).href;
}

function sqliteWith(statements: string): string {
  const file = join(freshFolder(), 'keeper.db');
  const sqlite = new BetterSqlite(file);
  sqlite.exec(statements);
  sqlite.close();
  return file;
}

function tablesOf(file: string): string[] {
  const sqlite = new BetterSqlite(file, { readonly: true });
  const names = sqlite.prepare<[], string>("select name from sqlite_schema where type = 'table' order by name");
  const tables = names.pluck().all();
  sqlite.close();
  return tables;
}
