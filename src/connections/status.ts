import { iso } from '../lib/time';
import type { ConnectionRow, ConnectionStatus } from '../store/schema';

export type Status = ConnectionStatus | 'throttled';

export const statuses: readonly Status[] = ['active', 'needs_reconnect', 'revoked', 'throttled'];

export function statusOf(row: ConnectionRow, now: Date): Status {
  const throttled = row.throttled_until !== null && row.throttled_until > iso(now);
  return row.status === 'active' && throttled ? 'throttled' : row.status;
}
