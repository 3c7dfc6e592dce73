import type { Kysely } from 'kysely';

/** What was stored before gets its proofs when the key is at hand (store/open.ts). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('api_keys').addColumn('proof_sealed', 'text').execute();
}
