import type { DataCenterCode } from '../zoho/data-centers';

/** Stored, do not change: issued → exchanging → done | failed | interrupted; `unconfirmed` waits for a second yes. */
export type FlowStatus = 'issued' | 'exchanging' | 'unconfirmed' | 'done' | 'failed' | 'interrupted';

export interface FlowTable {
  id: string;
  state_digest: string;
  session_digest: string;
  status: FlowStatus;
  connection_name: string;
  client_id: string;
  /** Where consent was asked for, until the callback names the one of the user. */
  data_center: DataCenterCode;
  asked_data_center: DataCenterCode | null;
  scopes: string;
  redirect_uri: string;
  verifier_sealed: string | null;
  code_sealed: string | null;
  /** The token answer between its arrival and the connection being stored. */
  answer_sealed: string | null;
  /** Why it failed: a code of zoho/messages. */
  error_code: string | null;
  dismissed_at: string | null;
  created_at: string;
  updated_at: string;
  /** Of a device flow only, as are the next five: it is wiped when the flow has ended. */
  device_code_sealed: string | null;
  /** What the person types at `verification_url`. */
  user_code: string | null;
  verification_url: string | null;
  device_expires_at: string | null;
  /** When Zoho may be asked again; whoever moves it on is the one to ask. */
  poll_at: string | null;
  /** In seconds. */
  poll_interval: number | null;
  /** The link by which an outsider began it; null when somebody did who may use the dashboard. */
  link_id: string | null;
}

/** Stored, do not change. That one has expired is not stored: it follows from `expires_at`. */
export type StoredLinkStatus = 'open' | 'used' | 'revoked';

/** One-time addresses with which outsiders connect their own Zoho. */
export interface LinkTable {
  id: string;
  /** SHA-256 of the secret in its address, which is 32 random bytes. */
  token_digest: string;
  status: StoredLinkStatus;
  connection_name: string;
  /** The connection that its owner is asked to reconnect; null for one that is to be made. */
  connection_id: string | null;
  client_id: string;
  data_center: DataCenterCode;
  scopes: string;
  /** Who asks and what for, in the words of whoever made it. */
  note: string;
  /** How often somebody set out for Zoho with it. */
  tries: number;
  made_by: string;
  created_at: string;
  expires_at: string;
  /** When it was used or revoked. */
  ended_at: string | null;
}
