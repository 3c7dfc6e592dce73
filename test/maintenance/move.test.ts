import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { examine } from '../../src/maintenance/doctor';
import { moveStore } from '../../src/maintenance/move';
import { movedTables } from '../../src/store/move';
import { openDatabase } from '../../src/store/database';
import { listConnections } from '../../src/store/connections';
import { openStore } from '../../src/store/open';
import type { Store } from '../../src/store/store';
import { storeWith } from '../support/backups';
import { person } from '../support/person';
import { freshPostgres, freshSqlite, query } from '../support/postgres';
import { program, someKey, tokenPath } from '../support/program';
import { someKeys } from '../support/rows';
import { inProcess, runCommand, type TestApp } from '../support/start';
import { readConfig } from '../../src/config/config';
import { startServer } from '../../src/server';

const now = (): Date => new Date();

describe('an installation in use that is moved to PostgreSQL', () => {
  let app: TestApp;
  afterEach(() => app.stop());

  it('goes on there: same keys, same tokens, same history, and nobody asks Zoho', async () => {
    app = await inProcess();
    const someone = person(app);
    for (const name of ['crm', 'books']) await someone.connect({ name });
    const key = await someKey(app.server.store);
    const before = program(app.url, key);
    const token = (await before.get(tokenPath('crm'))).body['access_token'];
    before.stop();
    await app.server.close();
    const to = await freshPostgres();
    const { code, stdout, stderr } = await runCommand(app, ['move-store', '--to', to]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^Moved 2 connections, in all \d+ rows, .* 0 are damaged\./);
    expect(stderr).toContain(`ENCRYPTION_KEYS=… with what stands in ${app.folder}/keeper.key;`);
    const asked = app.simulator.control.requests().length;

    const keys = readFileSync(`${app.folder}/keeper.key`, 'utf8').trim();
    const config = readConfig({ ...app.env, DATABASE_URL: to, ENCRYPTION_KEYS: keys });
    const moved = await startServer(config, app.server.keeper.log, app.now);
    try {
      const after = program(app.url, key);
      const answer = await after.get(tokenPath('crm'));
      after.stop();
      expect([answer.status, answer.body['access_token']]).toEqual([200, token]);
      expect(app.simulator.control.requests()).toHaveLength(asked);
      const page = await someone.visit('/events');
      expect(page.text).toContain('Connected');
      expect(page.text).toContain('Moved everything to another database');
      const findings = await examine(moved.keeper);
      expect(findings.filter(({ good }) => !good)).toEqual([]);
    } finally {
      await moved.close();
    }
  }, 60_000);

  it('is refused while a server uses it', async () => {
    app = await inProcess();
    const { code, stderr } = await runCommand(app, ['move-store', '--to', await freshPostgres()]);
    expect([code, stderr]).toEqual([1, `The database ${app.folder}/keeper.db is in use: stop the Keeper first.\n`]);
  }, 60_000);
});

describe('a move to PostgreSQL', () => {
  it('leaves no table out, whatever tables there are', async () => {
    const { db, close } = await openDatabase(await freshSqlite());
    const tables = await db.introspection.getTables();
    await close();
    // `changes` tells processes that share a SQLite file what to look at again, and holds nothing.
    const others = /^(changes|keeper_migration(_lock)?)$/;
    expect(movedTables.toSorted()).toEqual(
      tables
        .map(({ name }) => name)
        .filter((name) => !others.test(name))
        .toSorted(),
    );
  });

  it('brings every row of every table as it was', async () => {
    const { store, url } = await storeWith(3);
    await fillAll(store);
    const rows = await contentsOf(store);
    await store.close();
    const to = await freshPostgres();
    const keys = readFileSync(store.keyFile ?? '', 'utf8');
    await moveStore({ databaseUrl: url, encryptionKeys: null }, to, now);
    const moved = await openStore(to, keys);
    const arrived = await contentsOf(moved);
    await moved.close();
    expect(arrived['events']).toHaveLength((rows['events'] ?? []).length + 1);
    expect({ ...arrived, events: [] }).toEqual({ ...rows, events: [] });
    expect(Object.values(rows).every((table) => table.length > 0)).toBe(true);
  }, 60_000);

  it('goes only into an empty database, which a second move is not', async () => {
    const { store, url } = await storeWith(1);
    await store.close();
    const to = await freshPostgres();
    await moveStore({ databaseUrl: url, encryptionKeys: null }, to, now);
    await expect(moveStore({ databaseUrl: url, encryptionKeys: null }, to, now)).rejects.toThrow(
      /is not empty \(it has rows in meta, connections, .*: make a new one with createdb/,
    );
    expect(await query(to, 'select count(*)::int as count from connections')).toEqual([{ count: 1 }]);
  }, 60_000);

  it('is refused where no server listens, and says which address is to be corrected', async () => {
    const { store, url } = await storeWith(1);
    await store.close();
    const moving = moveStore({ databaseUrl: url, encryptionKeys: null }, 'postgres://u:p@127.0.0.1:1/x', now);
    await expect(moving).rejects.toThrow('No PostgreSQL server listens at 127.0.0.1:1: start it, or correct --to.');
  });

  it('is refused without the right key, before anything is made there', async () => {
    const { store, url } = await storeWith(1);
    await store.close();
    const to = await freshPostgres();
    await expect(moveStore({ databaseUrl: url, encryptionKeys: someKeys() }, to, now)).rejects.toThrow(
      /was encrypted with key/,
    );
    expect(await query(to, `select tablename from pg_tables where schemaname = 'public'`)).toEqual([]);
  }, 60_000);

  it('that is cut short leaves the tables there empty, and can be begun anew', async () => {
    const { store, url } = await storeWith(2);
    await store.close();
    const to = await freshPostgres();
    await (await openDatabase(to)).close();
    // Ends the connection when the last table is copied.
    await query(
      to,
      `create function cut() returns trigger language plpgsql as $$ begin
         perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
       create trigger cut after insert on events execute function cut();`,
    );
    await expect(moveStore({ databaseUrl: url, encryptionKeys: null }, to, now)).rejects.toThrow(/cannot be used/);
    expect(await query(to, 'select key from meta union all select id from connections')).toEqual([]);
    await query(to, 'drop trigger cut on events');
    expect(await moveStore({ databaseUrl: url, encryptionKeys: null }, to, now)).toMatchObject({ connections: 2 });
  }, 60_000);

  it('notices what arrives otherwise than it was', async () => {
    const { store, url } = await storeWith(2);
    await store.close();
    const to = await freshPostgres();
    await (await openDatabase(to)).close();
    await query(
      to,
      `create function spoil() returns trigger language plpgsql as $$ begin
         new.label := new.label || ' '; return new; end $$;
       create trigger spoil before insert on connections for each row execute function spoil();`,
    );
    await expect(moveStore({ databaseUrl: url, encryptionKeys: null }, to, now)).rejects.toThrow(
      /The table connections arrived otherwise than it was, so nothing was moved/,
    );
    expect(await query(to, 'select key from meta')).toEqual([]);
  }, 60_000);
});

/** A row in every table that has none. */
async function fillAll(store: Store): Promise<void> {
  const [connection] = await listConnections(store);
  for (const table of movedTables) {
    const { rows: found } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(store.db);
    if (found.length > 0) continue;
    const { rows: columns } = await sql<{
      name: string;
      type: string;
    }>`select name, type from pragma_table_info(${table})`.execute(store.db);
    const values = columns.map(({ name, type }) => {
      if (/^integer$/i.test(type)) return 7;
      if (name === 'name') return connection?.name;
      // An address that is not sealed yet is sealed when the database is opened.
      if (name === 'unsealed_address') return null;
      return name === 'data_center' ? 'eu' : `“Zoë” \\ 😀\n${name}`;
    });
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map(({ name }) => sql.ref(name)))})
      values (${sql.join(values)})`.execute(store.db);
  }
}

async function contentsOf({ db }: Store): Promise<Record<string, string[]>> {
  const contents: Record<string, string[]> = {};
  for (const table of movedTables) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(db);
    contents[table] = rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted();
  }
  return contents;
}
