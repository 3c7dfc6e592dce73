import { type Kysely, sql } from 'kysely';

/** Addresses of before are sealed when the key is at hand (store/open.ts). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await makeTargets(db);
  await keepEndedBreakages(db);
  await db.schema.alterTable('alerts').addColumn('connections', 'text').execute();
  await db.schema.alterTable('alerts').addColumn('connection_count', 'integer').execute();
  await db.schema
    .createTable('standing_alerts')
    .addColumn('subject', 'text', (c) => c.primaryKey())
    .addColumn('since', 'text', (c) => c.notNull())
    .execute();
  const troubled = sql<boolean>`status = 'needs_reconnect' or error_code is not null`;
  await db.schema.createIndex('connections_troubled').on('connections').column('id').where(troubled).execute();
  await db.schema.createIndex('connections_by_error').on('connections').columns(['status', 'error_code']).execute();
}

async function makeTargets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('alert_targets')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('events', 'text', (c) => c.notNull())
    .addColumn('address_sealed', 'text')
    .addColumn('address_digest', 'text', (c) => c.unique())
    .addColumn('unsealed_address', 'text')
    .addColumn('secret_sealed', 'text')
    .addColumn('created_at', 'text', (c) => c.notNull())
    .execute();
  const events = 'connection.broken connection.recovered kept_file.failed backup.failed';
  await sql`
    insert into alert_targets (id, kind, name, events, unsealed_address, secret_sealed, created_at)
    select id, 'webhook', '', ${sql.lit(events)}, url, secret_sealed, created_at from webhooks`.execute(db);
  await db.schema.dropTable('webhooks').execute();
  await db.schema.alterTable('deliveries').renameColumn('webhook_id', 'target_id').execute();
}

async function keepEndedBreakages(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema.alterTable('breakages').renameTo('breakages_before').execute();
  await schema
    .createTable('breakages')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('connection_id', 'text', (c) => c.notNull())
    .addColumn('connection_name', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('error_code', 'text', (c) => c.notNull())
    .addColumn('since', 'text', (c) => c.notNull())
    .addColumn('to_tell', 'text')
    .addColumn('told_at', 'text')
    .addColumn('ended_at', 'text')
    .addColumn('ended_as', 'text')
    .execute();
  await sql`
    insert into breakages (id, connection_id, connection_name, state, error_code, since, told_at)
    select b.connection_id, b.connection_id, coalesce(c.name, ''), b.state, b.error_code, b.since, b.since
    from breakages_before b left join connections c on c.id = b.connection_id`.execute(db);
  await schema.dropTable('breakages_before').execute();
  const open = sql<boolean>`ended_at is null`;
  await schema.createIndex('breakages_open').unique().on('breakages').column('connection_id').where(open).execute();
  const untold = sql<boolean>`to_tell is not null`;
  await schema.createIndex('breakages_untold').on('breakages').column('to_tell').where(untold).execute();
  await schema.createIndex('breakages_by_time').on('breakages').column('since').execute();
}
