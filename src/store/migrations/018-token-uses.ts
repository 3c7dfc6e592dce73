import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('token_uses')
    .addColumn('hour', 'text', (c) => c.notNull())
    .addColumn('connection_id', 'text', (c) => c.notNull())
    .addColumn('api_key_id', 'text', (c) => c.notNull())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('last_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('token_uses_pk', ['connection_id', 'api_key_id', 'hour'])
    .execute();
  await db.schema.createIndex('token_uses_by_key').on('token_uses').columns(['api_key_id', 'hour']).execute();
  await db.schema.createIndex('token_uses_by_hour').on('token_uses').column('hour').execute();
  await db.schema
    .createTable('token_totals')
    .addColumn('hour', 'text', (c) => c.primaryKey())
    .addColumn('count', 'integer', (c) => c.notNull())
    .execute();
}
