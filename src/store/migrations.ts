import { type Kysely, type Migration, sql } from 'kysely';

/** In order; add at the end, never edit one that was released. Each runs in a transaction on both databases. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-first-storey': { up: firstStorey },
  '002-programs': { up: programs },
  '003-alerts': { up: alerts },
  '004-door': { up: door },
  '005-asked-scopes': { up: askedScopes },
  '006-client-secrets': { up: clientSecrets },
  '007-activity': { up: activity },
  '008-words': { up: words },
};

async function firstStorey(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('meta')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('clients')
    .addColumn('client_id', 'text', (c) => c.primaryKey())
    .addColumn('data_center', 'text', (c) => c.notNull())
    .addColumn('secret_sealed', 'text', (c) => c.notNull())
    .addColumn('saved_at', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('flows')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('state_hash', 'text', (c) => c.notNull().unique())
    .addColumn('session_hash', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('connection_name', 'text', (c) => c.notNull())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addColumn('data_center', 'text', (c) => c.notNull())
    .addColumn('scopes', 'text', (c) => c.notNull())
    .addColumn('redirect_uri', 'text', (c) => c.notNull())
    .addColumn('verifier_sealed', 'text')
    .addColumn('code_sealed', 'text')
    .addColumn('answer_sealed', 'text')
    .addColumn('problem', 'text')
    .addColumn('dismissed_at', 'text')
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute();
  await schema.createIndex('flows_by_status').on('flows').columns(['status', 'created_at']).execute();
  await schema
    .createTable('connections')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addColumn('data_center', 'text', (c) => c.notNull())
    .addColumn('api_domain', 'text', (c) => c.notNull())
    .addColumn('scopes', 'text', (c) => c.notNull())
    .addColumn('zuid', 'text')
    .addColumn('user_name', 'text')
    .addColumn('user_email', 'text')
    .addColumn('organisation', 'text')
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('grant_id', 'text', (c) => c.notNull())
    .addColumn('refresh_token_sealed', 'text')
    .addColumn('access_token_sealed', 'text')
    .addColumn('access_token_expires_at', 'text')
    .addColumn('access_token_life', 'integer', (c) => c.notNull())
    .addColumn('refreshed_at', 'text')
    .addColumn('refreshed_by', 'text')
    .addColumn('problem', 'text')
    .addColumn('problem_at', 'text')
    .addColumn('failures', 'integer', (c) => c.notNull())
    .addColumn('refused_at', 'text')
    .addColumn('retry_at', 'text')
    .addColumn('throttled_until', 'text')
    .addColumn('lease_owner', 'text')
    .addColumn('lease_until', 'text')
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('connected_at', 'text', (c) => c.notNull())
    .addColumn('used_at', 'text')
    .addColumn('checked_at', 'text')
    .execute();
  await schema
    .createTable('refreshes')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('connection_id', 'text', (c) => c.notNull())
    .addColumn('grant_id', 'text', (c) => c.notNull())
    .addColumn('started_at', 'text', (c) => c.notNull())
    .addColumn('asked_by', 'text', (c) => c.notNull())
    .addColumn('result', 'text', (c) => c.notNull())
    .addColumn('took_ms', 'integer')
    .execute();
  await schema.createIndex('refreshes_by_grant').on('refreshes').columns(['grant_id', 'started_at']).execute();
  await schema
    .createIndex('refreshes_by_connection')
    .on('refreshes')
    .columns(['connection_id', 'started_at'])
    .execute();
  await schema
    .createTable('revocations')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('connection_name', 'text', (c) => c.notNull())
    .addColumn('data_center', 'text', (c) => c.notNull())
    .addColumn('token_sealed', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('retry_at', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('sessions')
    .addColumn('id_hash', 'text', (c) => c.primaryKey())
    .addColumn('data_sealed', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('events')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('address', 'text')
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('subject', 'text')
    .addColumn('detail', 'text')
    .execute();
  await schema.createIndex('events_by_time').on('events').column('at').execute();
}

async function programs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('api_keys')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('secret_hash', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('connections', 'text', (c) => c.notNull())
    .addColumn('rights', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'text')
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('last_used_at', 'text')
    .addColumn('revoked_at', 'text')
    .execute();
}

async function alerts(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('breakages')
    .addColumn('connection_id', 'text', (c) => c.primaryKey())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('code', 'text', (c) => c.notNull())
    .addColumn('since', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('alerts')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('connection_name', 'text')
    .addColumn('data_center', 'text')
    .addColumn('state', 'text')
    .addColumn('code', 'text')
    .execute();
  await schema.createIndex('alerts_by_time').on('alerts').column('at').execute();
  await schema
    .createTable('webhooks')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('url', 'text', (c) => c.notNull().unique())
    .addColumn('secret_sealed', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('deliveries')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('alert_id', 'text', (c) => c.notNull())
    .addColumn('webhook_id', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('due_at', 'text', (c) => c.notNull())
    .addColumn('tried_at', 'text')
    .addColumn('answer_status', 'integer')
    .addColumn('reason', 'text')
    .execute();
  await schema.createIndex('deliveries_due').on('deliveries').columns(['status', 'due_at']).execute();
  await schema.createIndex('deliveries_by_alert').on('deliveries').column('alert_id').execute();
}

async function door(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('login_attempts')
    .addColumn('address', 'text', (c) => c.primaryKey())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('wait_until', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('events_by_subject').on('events').columns(['subject', 'at']).execute();
}

async function askedScopes(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('connections').addColumn('asked_scopes', 'text').execute();
}

async function clientSecrets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('client_secrets')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addColumn('data_center', 'text', (c) => c.notNull())
    .addColumn('secret_sealed', 'text', (c) => c.notNull())
    .addColumn('saved_at', 'text', (c) => c.notNull())
    .execute();
}

async function activity(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('events_by_action').on('events').columns(['action', 'at']).execute();
  await db.schema.createIndex('events_by_actor').on('events').columns(['actor', 'at']).execute();
}

/** One name for each idea, from the columns to the pages. */
async function words(db: Kysely<unknown>): Promise<void> {
  const renamed: readonly (readonly [table: string, from: string, to: string])[] = [
    ['flows', 'state_hash', 'state_digest'],
    ['flows', 'session_hash', 'session_digest'],
    ['flows', 'problem', 'error_code'],
    ['connections', 'grant_id', 'refresh_token_id'],
    ['connections', 'problem', 'error_code'],
    ['connections', 'problem_at', 'failed_at'],
    ['refreshes', 'grant_id', 'refresh_token_id'],
    ['refreshes', 'asked_by', 'requested_by'],
    ['sessions', 'id_hash', 'id_digest'],
    ['events', 'address', 'ip'],
    ['api_keys', 'secret_hash', 'secret_digest'],
    ['breakages', 'code', 'error_code'],
    ['alerts', 'code', 'error_code'],
    ['login_attempts', 'address', 'network'],
  ];
  for (const [table, from, to] of renamed) await db.schema.alterTable(table).renameColumn(from, to).execute();
  await db.schema.alterTable('login_attempts').renameTo('failed_sign_ins').execute();
  const actions: readonly (readonly [from: string, to: string])[] = [
    ['key_created', 'api_key_created'],
    ['key_revoked', 'api_key_revoked'],
    ['key_refused', 'api_key_refused'],
    ['key_made', 'encryption_key_created'],
    ['key_rotated', 'encryption_key_rotated'],
  ];
  for (const [from, to] of actions) await sql`update events set action = ${to} where action = ${from}`.execute(db);
}
