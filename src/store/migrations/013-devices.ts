import type { Kysely } from 'kysely';

/** A device flow is a flow that waits for a person who types a code at Zoho, and that is asked about now and then. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const texts = ['device_code_sealed', 'user_code', 'verification_url', 'device_expires_at', 'poll_at'];
  for (const column of texts) await db.schema.alterTable('flows').addColumn(column, 'text').execute();
  await db.schema.alterTable('flows').addColumn('poll_interval', 'integer').execute();
}
