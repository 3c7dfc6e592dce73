import type { DataCenterCode } from '../zoho/data-centers';

/**
 * Stored, do not change. `needs_reconnect`: only a person can help; `failing`: no valid token, but still trying;
 * `stumbling`: refreshes fail, and the last token still lives.
 */
export type BreakageState = 'needs_reconnect' | 'failing' | 'stumbling';

/** Each break of a connection, one row from its begin to its end; at most one of a connection is open. */
export interface BreakageTable {
  id: string;
  connection_id: string;
  connection_name: string;
  state: BreakageState;
  error_code: string;
  since: string;
  /** What nobody has been told yet, so that of any number of instances one does. */
  to_tell: 'break' | 'end' | null;
  told_at: string | null;
  ended_at: string | null;
  /** `gone`: somebody disconnected or deleted the connection. */
  ended_as: 'recovered' | 'gone' | null;
}

/** What a target can be told of. Stored in the database and sent to webhooks, do not change. */
export type TargetEvent =
  | 'connection.broken'
  | 'connection.failing'
  | 'connection.recovered'
  | 'slots.low'
  | 'client_secret.refused'
  | 'kept_file.failed'
  | 'backup.failed'
  | 'database.damaged';

export type AlertType = TargetEvent | 'test';

export interface AlertTable {
  id: string;
  at: string;
  type: AlertType;
  /** Null in a test, and where it is about no single one. */
  connection_name: string | null;
  data_center: DataCenterCode | null;
  state: BreakageState | null;
  error_code: string | null;
  /** What was known of the cause when it was raised; null where the words follow from the rest. */
  sentence: string | null;
  next: string | null;
  /** Of an alert about many connections: the first names, and how many there are. */
  connections: string | null;
  connection_count: number | null;
}

/** Stored in the database, do not change. */
export type TargetKind = 'webhook' | 'slack' | 'teams' | 'discord' | 'google_chat' | 'email';

/** Where alerts go. */
export interface TargetTable {
  id: string;
  kind: TargetKind;
  name: string;
  /** Separated by spaces. */
  events: string;
  /** Addresses of Slack and others let whoever has them write there. Null for one of before, until it is sealed. */
  address_sealed: string | null;
  address_digest: string | null;
  unsealed_address: string | null;
  /** What a webhook is signed with. */
  secret_sealed: string | null;
  created_at: string;
}

/** What holds and was told: it is told again when it has ended and comes back. */
export interface StandingAlertTable {
  subject: string;
  since: string;
}

/** Stored in the database, do not change: pending → delivered | failed. */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

export interface DeliveryTable {
  id: string;
  alert_id: string;
  target_id: string;
  status: DeliveryStatus;
  attempts: number;
  due_at: string;
  tried_at: string | null;
  answer_status: number | null;
  reason: string | null;
}
