import type { Failure } from '../store/leases';
import type { ConnectionRow } from '../store/schema';
import { iso, addSeconds } from '../lib/time';
import type { ZohoError } from '../zoho/errors';

/** Zoho's window for token requests (docs/zoho.md, "Limits"), in seconds. */
const throttleSeconds = 600;
/** Zoho has been seen to refuse good tokens now and then, so it has to say so twice, this far apart. */
const secondOpinionSeconds = 60;
const pauses = [5, 10, 20, 40, 60, 120, 300] as const;

export function afterFailure(error: ZohoError, connection: ConnectionRow, now: Date): Failure {
  const failures = connection.failures + 1;
  const noted = { error_code: error.code, failed_at: iso(now), failures };
  const pause = pauses[Math.min(failures, pauses.length) - 1] ?? 300;
  switch (error.kind) {
    case 'wait':
      return { ...noted, throttled_until: iso(addSeconds(now, error.retryAfter ?? throttleSeconds)) };
    case 'reconnect':
      return { ...noted, ...secondOpinion(connection, now) };
    default:
      // A tenth of jitter keeps many connections from coming back in the same second.
      return { ...noted, retry_at: iso(addSeconds(now, pause * (0.9 + Math.random() * 0.1))) };
  }
}

function secondOpinion(connection: ConnectionRow, now: Date): Partial<Failure> {
  if (connection.status === 'needs_reconnect') return {};
  const first = connection.refused_at === null ? now : new Date(connection.refused_at);
  if (now >= addSeconds(first, secondOpinionSeconds))
    return { status: 'needs_reconnect', refused_at: iso(first), retry_at: null };
  return { refused_at: iso(first), retry_at: iso(addSeconds(first, secondOpinionSeconds)) };
}
