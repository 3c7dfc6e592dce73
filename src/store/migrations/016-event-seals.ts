import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('event_seals')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('first_at', 'text', (c) => c.notNull())
    .addColumn('chain_sealed', 'text', (c) => c.notNull())
    .execute();
  await db.schema.alterTable('events').addColumn('seal', 'text').execute();
  await db.schema.createIndex('events_by_seal').on('events').columns(['seal', 'at', 'id']).execute();
}
