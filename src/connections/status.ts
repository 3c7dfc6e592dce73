import { iso } from '../lib/time';
import type { ConnectionRow, ConnectionStatus } from '../store/schema';

export type Status = ConnectionStatus | 'throttled';

export const statuses: readonly Status[] = ['active', 'needs_reconnect', 'revoked', 'throttled'];

/** The status that pages and programs see; `throttled` follows from the time until which Zoho refuses. */
export function statusOf(row: ConnectionRow, now: Date): Status {
  const throttled = row.throttled_until !== null && row.throttled_until > iso(now);
  return row.status === 'active' && throttled ? 'throttled' : row.status;
}
