import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('clients')
    .addColumn('default_since', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  // The client saved last was the current one, and one saved beside it stood at the beginning of time.
  await sql`update clients set default_since = saved_at where saved_at > '1971'`.execute(db);
}
