import type { DataCenterCode } from '../zoho/data-centers';

/** Stored, do not change. `needs_reconnect`: only a person can help; `failing`: no valid token, but still trying. */
export type BreakageState = 'needs_reconnect' | 'failing';

/** Connections whose break was announced and that have not recovered: one row each, so that it is announced once. */
export interface BreakageTable {
  connection_id: string;
  state: BreakageState;
  error_code: string;
  since: string;
}

/** Stored in the database and sent to webhooks, do not change. */
export type AlertType = 'connection.broken' | 'connection.recovered' | 'kept_file.failed' | 'backup.failed' | 'test';

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
}

export interface WebhookTable {
  id: string;
  url: string;
  secret_sealed: string;
  created_at: string;
}

/** Stored in the database, do not change: pending → delivered | failed. */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

export interface DeliveryTable {
  id: string;
  alert_id: string;
  webhook_id: string;
  status: DeliveryStatus;
  attempts: number;
  due_at: string;
  tried_at: string | null;
  answer_status: number | null;
  reason: string | null;
}
