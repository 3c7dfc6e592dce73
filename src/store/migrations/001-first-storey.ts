import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await makeClientsAndFlows(db);
  await makeConnections(db);
  await makeRest(db);
}

async function makeClientsAndFlows({ schema }: Kysely<unknown>): Promise<void> {
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
}

async function makeConnections({ schema }: Kysely<unknown>): Promise<void> {
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
}

async function makeRest({ schema }: Kysely<unknown>): Promise<void> {
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
