import { type Kysely, sql } from 'kysely';

/** Whoever wants to hear that backups fail wants to hear that one is needed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`update alert_targets set events = events || ' database.damaged'
    where ' ' || events || ' ' like '% backup.failed %'`.execute(db);
}
