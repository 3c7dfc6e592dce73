import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
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
