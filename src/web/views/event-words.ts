import type { EventRow } from '../../store/schema';
import { explain } from '../../zoho/messages';

const words: Readonly<Record<string, string>> = {
  connect_started: 'Started connecting',
  connected: 'Connected',
  reconnect_unconfirmed: 'Reconnected to something else, to be confirmed',
  reconnected: 'Connected again',
  connect_failed: 'Did not connect',
  connect_interrupted: 'Connecting was interrupted',
  link_created: 'Created a link for somebody else',
  link_revoked: 'Revoked a link',
  imported: 'Imported the connection',
  import_stopped: 'Stopped an import before its end',
  token_refreshed: 'Refreshed the access token',
  refresh_interrupted: 'A refresh was interrupted',
  token_revealed: 'Copied a token',
  token_taken: 'Fetched the access token',
  exported: 'Exported the connection',
  kept_file_failed: 'Could not write a kept file',
  kept_file_recovered: 'Wrote a kept file again',
  kept_file_ended: 'Stopped renewing a kept file',
  renamed: 'Renamed the connection',
  name_given: 'Gave the connection this name',
  edited: 'Edited the connection',
  disconnected: 'Disconnected',
  deleted: 'Deleted the connection',
  client_saved: 'Saved the Zoho client',
  client_made_default: 'Made the Zoho client the default',
  client_tested: 'Tested the Zoho client',
  client_deleted: 'Deleted the Zoho client',
  client_secret_saved: 'Saved the client’s secret for a data centre',
  client_secret_removed: 'Removed the client’s secret for a data centre',
  signed_in: 'Signed in',
  sign_in_failed: 'Failed to sign in',
  signed_out: 'Signed out',
  session_ended: 'Signed out another browser',
  provider_account_forgotten: 'Forgot whose account at the provider it was',
  api_key_created: 'Created an API key',
  api_key_revoked: 'Revoked an API key',
  api_key_refused: 'Used a wrong API key',
  access_refused: 'Asked for a connection that the key may not access',
  right_refused: 'Asked for what the key has no right to',
  form_refused: 'Refused a form that did not come from a page of this server',
  callback_refused: 'Refused an answer that belongs to no attempt of this browser',
  secret_in_address: 'Sent a secret in an address',
  api_called: 'Called Zoho’s API',
  encryption_key_created: 'Created an encryption key',
  encryption_key_rotated: 'Rotated the encryption key',
  backup_made: 'Created a backup',
  backup_failed: 'Could not make the daily backup for two days',
  database_damaged: 'Noticed that the database is damaged',
  events_archived: 'Moved old activity into a file',
  restored: 'Restored a backup',
  store_moved: 'Moved everything to another database',
  restore_drill_failed: 'Could not restore the newest backup in a drill',
  connection_broken: 'Noticed that the connection is broken',
  connection_failing: 'Noticed that refreshes fail while the last token lives',
  connection_recovered: 'Noticed that the connection works again',
  slots_low: 'Noticed that refresh tokens at Zoho run out',
  client_secret_refused: 'Noticed that Zoho refuses a client',
  webhook_added: 'Added a target for alerts',
  webhook_changed: 'Changed a target for alerts',
  webhook_removed: 'Removed a target for alerts',
  webhook_tested: 'Tested a target for alerts',
  product_tried: 'Tried a product',
  revoked_at_zoho: 'Revoked tokens at Zoho',
  revocation_given_up: 'Gave up revoking tokens at Zoho',
  revocation_unreadable: 'Could not read tokens to be revoked',
};

/** Actions that came later than the list above are shown as they are written. */
export function actionWords(action: string): string {
  const plain = action.replaceAll('_', ' ');
  return words[action] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

export function eventWords({ action, detail }: EventRow): string {
  if (action === 'token_revealed' && detail !== null) return `Copied the ${detail.replace('_', ' ')}`;
  return actionWords(action);
}

const aboutErrors: ReadonlySet<string> = new Set(['connection_broken', 'connection_failing', 'connection_recovered']);

const details: Readonly<Record<string, string>> = {
  password: 'with the password',
  oidc: 'through the provider',
  everywhere: 'in all browsers',
  others: 'all others',
  unknown_state: 'from Zoho, with a state that is unknown',
  foreign_state: 'from Zoho, to an attempt of another session',
  foreign_sign_in: 'from the sign-in provider',
};

export function detailWords({ action, detail }: EventRow): string | null {
  if (detail === null || action === 'token_revealed') return null;
  if (action === 'renamed') return `to “${detail}”`;
  if (action === 'name_given') return `instead of “${detail}”`;
  if (aboutErrors.has(action)) return explain(detail, 'refresh').sentence;
  return action === 'connect_failed' ? explain(detail, 'connect').sentence : (details[detail] ?? detail);
}
