import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['renew_by', 'claimed_until'])
    await db.schema.alterTable('connections').addColumn(column, 'text').execute();
  await sql`update connections set renew_by = access_token_expires_at`.execute(db);
  await db.schema
    .createIndex('connections_by_renewal')
    .on('connections')
    .columns(['renew_by', 'used_at desc'])
    .execute();
  await db.schema.createIndex('connections_by_check').on('connections').column('checked_at').execute();
  await db.schema
    .createIndex('connections_in_doubt')
    .on('connections')
    .column('retry_at')
    .where(sql.ref('error_code'), 'is not', null)
    .execute();
}
