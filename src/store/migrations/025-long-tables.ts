import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('refreshes_by_time').on('refreshes').column('started_at').execute();
}
