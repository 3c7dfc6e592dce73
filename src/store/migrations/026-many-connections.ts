import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // For the refresh tokens of one Zoho user, on the page of each connection.
  await db.schema.createIndex('connections_by_user').on('connections').columns(['client_id', 'zuid']).execute();
  // Whoever wants to hear that backups fail wants to hear that one is needed.
  await sql`update alert_targets set events = events || ' database.damaged'
    where ' ' || events || ' ' like '% backup.failed %'`.execute(db);
}
