import { type Kysely, Migrator, sql } from 'kysely';
import { StorageError } from './errors';
import { migrations } from './migrations';
import type { Database } from './schema';

/** Kysely's own names would be those of any other program beside us that uses Kysely. */
const table = 'keeper_migration';
const lockTable = 'keeper_migration_lock';
const olderTable = 'kysely_migration';
const olderLockTable = 'kysely_migration_lock';
/** A table of migrations with this row is ours. */
const first = '001-first-storey';
/** Any number that others are not likely to use as well. */
const migrationLock = '4723905417';

/** Brings the tables up to date. Throws a StorageError where the database is a newer Keeper's or another program's. */
export async function migrate(db: Kysely<Database>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  if (dialect === 'postgres') return db.connection().execute(migrateAlone);
  await claimFile(db);
  await migrateIn(db, null);
}

/**
 * One process at a time, for as long as it takes. Kysely's own lock comes too late: before it, it looks at all tables, which
 * fails while another process renames one.
 */
async function migrateAlone(db: Kysely<Database>): Promise<void> {
  await sql`select pg_advisory_lock(${sql.lit(migrationLock)})`.execute(db);
  try {
    await migrateIn(db, await claimSchema(db));
  } finally {
    await sql`select pg_advisory_unlock(${sql.lit(migrationLock)})`.execute(db);
  }
}

async function migrateIn(db: Kysely<Database>, schema: string | null): Promise<void> {
  const known = new Set(Object.keys(migrations));
  const newer = (await namesIn(db, schema, table)).find((name) => !known.has(name));
  if (newer !== undefined) {
    throw new StorageError(
      `The database was used by a newer Keeper (it knows ${newer}): install that version or restore an older backup.`,
    );
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: table,
    migrationLockTableName: lockTable,
    ...(schema !== null && { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

function claimSchema(db: Kysely<Database>): Promise<string> {
  return db.transaction().execute(async (locked) => {
    const schema = await ownSchema(locked);
    await adoptOlderTables(locked, schema);
    return schema;
  });
}

async function claimFile(db: Kysely<Database>): Promise<void> {
  if ((await tablesIn(db, null)).has(table)) return;
  await db.transaction().execute(async (locked) => {
    await adoptOlderTables(locked, null);
    await refuseForeignFile(locked);
  });
}

/** Throws a StorageError where tables would be made anew although there are some: connections would seem to be gone. */
async function ownSchema(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ own: string | null; role: string; ours: string | null; older: string | null }>`
    select current_schema() as own, quote_ident(current_user) as role,
      (select relnamespace::regnamespace::text from pg_class where oid = to_regclass(${table})) as ours,
      (select relnamespace::regnamespace::text from pg_class where oid = to_regclass(${olderTable})) as older`.execute(
    db,
  );
  const { own = null, role = '', ours = null, older = null } = rows[0] ?? {};
  if (own === null) {
    throw new StorageError(
      `PostgreSQL has no schema that the role ${role} may use: connect as the owner of the database and run ` +
        `GRANT USAGE, CREATE ON SCHEMA public TO ${role};`,
    );
  }
  if (ours === own || (await isOlderOurs(db, own))) return own;
  const found = ours ?? (older !== null && (await isOlderOurs(db, older)) ? older : null);
  if (found === null) return own;
  throw new StorageError(
    `The Keeper’s tables are in the schema ${found}, but search_path begins with ${own}: let it begin with ${found}, ` +
      `or leave ${found} out of it to begin anew.`,
  );
}

/** Earlier versions kept their migrations under Kysely's own names. */
async function adoptOlderTables(db: Kysely<Database>, schema: string | null): Promise<void> {
  if (!(await isOlderOurs(db, schema))) return;
  const tables = await tablesIn(db, schema);
  await db.schema.alterTable(olderTable).renameTo(table).execute();
  if (tables.has(olderLockTable)) await db.schema.alterTable(olderLockTable).renameTo(lockTable).execute();
}

async function isOlderOurs(db: Kysely<Database>, schema: string | null): Promise<boolean> {
  const tables = await tablesIn(db, schema);
  return !tables.has(table) && (await namesIn(db, schema, olderTable)).includes(first);
}

/** A file has room for one program, while a schema of PostgreSQL can have several. */
async function refuseForeignFile(db: Kysely<Database>): Promise<void> {
  const tables = await tablesIn(db, null);
  if (tables.has(table)) return;
  // A first start that was killed leaves nothing but empty tables of migrations.
  const others = [...tables].filter((name) => ![olderTable, olderLockTable, lockTable].includes(name));
  if (others.length === 0 && (await namesIn(db, null, olderTable)).length === 0) return;
  throw new StorageError(
    'The file that DATABASE_URL names is the database of another program, which stays as it is: ' +
      'name a file of the Keeper’s own.',
  );
}

async function namesIn(db: Kysely<Database>, schema: string | null, name: string): Promise<string[]> {
  if (!(await tablesIn(db, schema)).has(name)) return [];
  if (schema !== null && !(await isReadable(db, schema, name))) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.id(...idOf(schema, name))}`.execute(db);
  return rows.map((row) => row.name);
}

/** Another program's table may be in our schema and belong to another role. */
async function isReadable(db: Kysely<Database>, schema: string, name: string): Promise<boolean> {
  const { rows } = await sql<{
    yes: boolean;
  }>`select has_table_privilege(format('%I.%I', ${schema}::text, ${name}::text), 'select') as yes`.execute(db);
  return rows[0]?.yes === true;
}

async function tablesIn(db: Kysely<Database>, schema: string | null): Promise<ReadonlySet<string>> {
  const statement =
    schema === null
      ? sql<{ name: string }>`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`
      : sql<{ name: string }>`select tablename as name from pg_tables where schemaname = ${schema}`;
  const { rows } = await statement.execute(db);
  return new Set(rows.map(({ name }) => name));
}

function idOf(schema: string | null, name: string): string[] {
  return schema === null ? [name] : [schema, name];
}
