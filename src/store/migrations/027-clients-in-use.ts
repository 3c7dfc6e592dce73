import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('connections_by_client').on('connections').columns(['client_id', 'status']).execute();
}
