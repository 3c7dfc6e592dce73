import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('events_by_action').on('events').columns(['action', 'at']).execute();
  await db.schema.createIndex('events_by_actor').on('events').columns(['actor', 'at']).execute();
}
