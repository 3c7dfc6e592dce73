import { type Kysely, sql } from 'kysely';

/** What people write on a connection, and what the list of connections is searched, filtered and sorted by. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['label', 'note', 'tags']) {
    await db.schema
      .alterTable('connections')
      .addColumn(column, 'text', (c) => c.notNull().defaultTo(''))
      .execute();
  }
  await db.schema.createIndex('connections_by_status').on('connections').columns(['status', 'name']).execute();
  await db.schema.createIndex('connections_by_age').on('connections').columns(['connected_at', 'name']).execute();
  await db.schema
    .createIndex('connections_failing')
    .on('connections')
    .columns(['name', 'status', 'access_token_expires_at', 'throttled_until'])
    .where(sql.ref('error_code'), 'is not', null)
    .execute();
  await makeTags(db);
  await makeSearch(db);
}

async function makeTags({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('connection_tags')
    .addColumn('tag', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('connection_tags_key', ['tag', 'name'])
    .addForeignKeyConstraint('connection_tags_of', ['name'], 'connections', ['name'], (c) =>
      c.onDelete('cascade').onUpdate('cascade'),
    )
    .execute();
  await schema.createIndex('connection_tags_by_name').on('connection_tags').column('name').execute();
}

/** A narrow table, since a search reads all of it; the rows of connections are wide, and change with every refresh. */
async function makeSearch(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('connection_search')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('words', 'text', (c) => c.notNull())
    .addForeignKeyConstraint('connection_search_of', ['name'], 'connections', ['name'], (c) =>
      c.onDelete('cascade').onUpdate('cascade'),
    )
    .execute();
  await db.schema.createIndex('connection_search_by_name').on('connection_search').columns(['name', 'words']).execute();
  await sql`insert into connection_search (name, words)
    select name, substr(lower(name || ' ' || coalesce(user_name, '') || ' ' || coalesce(user_email, '') || ' ' ||
      coalesce(organisation, '')), 1, 500) from connections`.execute(db);
}
