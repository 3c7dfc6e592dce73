import { statusOf as connectionStatus } from '../../connections/status';
import type { ConnectionRow, RefreshRow } from '../../store/schema';
import { iso } from '../../lib/time';
import { dataCenter } from '../../zoho/data-centers';
import { explain } from '../../zoho/messages';
import type { ConnectionView, RefreshView } from '../render';
import type { Tone } from '../words';
import { requestedByWords, moment } from '../words';

/** A connection as pages show it. Holds no token. */
export function connectionView(row: ConnectionRow, now: Date): ConnectionView {
  return {
    name: row.name,
    href: `/connections/${row.name}`,
    status: statusOf(row, now),
    expires: expiryOf(row, now),
    refreshed:
      row.refreshed_at && row.refreshed_by
        ? { ...moment(row.refreshed_at, now), by: requestedByWords[row.refreshed_by] }
        : null,
    connected: moment(row.connected_at, now),
    dataCenter: {
      code: row.data_center,
      country: dataCenter(row.data_center).country,
    },
    apiDomain: row.api_domain,
    scopes: row.scopes.split(' '),
    account: { user: row.user_name, email: row.user_email, organisation: row.organisation },
    problem: problemOf(row, now),
    hasRefreshToken: row.refresh_token_sealed !== null,
    hasAccessToken: row.access_token_sealed !== null,
  };
}

const statusWords: Readonly<Record<ConnectionView['status']['code'], { words: string; tone: Tone }>> = {
  active: { words: 'Active', tone: 'good' },
  needs_reconnect: { words: 'Needs reconnecting', tone: 'bad' },
  revoked: { words: 'Disconnected', tone: 'off' },
  throttled: { words: 'Waiting for Zoho', tone: 'wait' },
};

function statusOf(row: ConnectionRow, now: Date): ConnectionView['status'] {
  const code = connectionStatus(row, now);
  if (code === 'active' && row.error_code !== null) return { code, words: 'Active, last refresh failed', tone: 'wait' };
  return { code, ...statusWords[code] };
}

function expiryOf(row: ConnectionRow, now: Date): ConnectionView['expires'] {
  if (row.access_token_expires_at === null) return null;
  const valid = row.access_token_expires_at > iso(now);
  return { ...moment(row.access_token_expires_at, now), valid, ofSeconds: row.access_token_life };
}

const secondOpinion =
  'Zoho has been wrong about this before, so it is asked again in a minute. If it says the same, reconnect.';

function problemOf(row: ConnectionRow, now: Date): ConnectionView['problem'] {
  if (row.error_code === null) return null;
  const { sentence, next, kind } = explain(row.error_code, 'refresh');
  if (kind === 'reconnect' && row.status === 'active') return { sentence, next: secondOpinion };
  const until = connectionStatus(row, now) === 'throttled' ? row.throttled_until : null;
  return { sentence, next: until === null ? next : `${next} The next try is possible ${moment(until, now).words}.` };
}

export function refreshView(row: RefreshRow, now: Date): RefreshView {
  return {
    at: moment(row.started_at, now),
    by: requestedByWords[row.requested_by],
    ok: row.result === 'ok',
    words: row.result === 'ok' ? 'New access token' : failureWords(row.result),
    took: row.took_ms === null ? '' : `${row.took_ms} ms`,
  };
}

function failureWords(result: string): string {
  return result === 'pending' ? 'Not finished' : explain(result, 'refresh').sentence;
}
