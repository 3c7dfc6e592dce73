import { explainConnection } from '../../connections/explanations';
import { type Status, statusOf as connectionStatus } from '../../connections/status';
import type { Keeper } from '../../keeper';
import { iso } from '../../lib/time';
import type { ConnectionRow } from '../../store/schema';
import type { Budget } from '../../tokens/budget';
import type { Explanation } from '../../zoho/errors';
import { notListed } from '../../zoho/granted-scopes';
import { storedScopes } from '../../zoho/scopes';
import { requestedByWords, moment, type Moment } from '../words';
import { reconnectAt } from './connection-list';
import { stateOf, type StateView } from './connection-state';
import { countryOf } from './data-centers';

export interface ConnectionView {
  name: string;
  label: string;
  note: string;
  tags: string[];
  href: string;
  status: StateView & { code: Status };
  /** When a person may refresh again; null when it is now. */
  refreshableAt: Moment | null;
  /** Of the access token; null when there is none. */
  expires: (Moment & { valid: boolean; ofSeconds: number }) | null;
  /** The last success, connecting included: "4 minutes ago, by hand". */
  refreshed: (Moment & { by: string }) | null;
  connected: Moment;
  dataCenter: { code: string; country: string };
  apiDomain: string;
  scopes: string[];
  /** What is to be said of scopes that Zoho did not list as granted; null when it listed all. */
  notListed: string | null;
  /** Who consented, as far as the scopes let us see. */
  account: { user: string | null; email: string | null; organisation: string | null };
  problem: { sentence: string; next: string } | null;
  clientId: string;
  /** Where to reconnect when its client may have no redirect URI of ours; null where a browser can come back. */
  reconnectAt: string | null;
  hasRefreshToken: boolean;
  hasAccessToken: boolean;
}

/** Why the last refresh failed; null when it did not. */
export async function explanationOf(keeper: Keeper, row: ConnectionRow): Promise<Explanation | null> {
  return row.error_code === null ? null : explainConnection(keeper, row);
}

/** `budget` is a person's. */
export function connectionView(
  row: ConnectionRow,
  explanation: Explanation | null,
  budget: Budget,
  now: Date,
): ConnectionView {
  const missing = scopesNotListed(row);
  return {
    name: row.name,
    label: row.label,
    note: row.note,
    tags: row.tags === '' ? [] : row.tags.split(' '),
    href: `/connections/${row.name}`,
    status: { code: connectionStatus(row, now), ...stateOf(row, now) },
    refreshableAt: nextOf(budget, now),
    expires: expiryOf(row, now),
    refreshed:
      row.refreshed_at && row.refreshed_by
        ? { ...moment(row.refreshed_at, now), by: requestedByWords[row.refreshed_by] }
        : null,
    connected: moment(row.connected_at, now),
    dataCenter: { code: row.data_center, country: countryOf(row.data_center) },
    apiDomain: row.api_domain,
    scopes: storedScopes(row.scopes),
    notListed: missing.length === 0 ? null : notListedWords(missing),
    account: { user: row.user_name, email: row.user_email, organisation: row.organisation },
    problem: problemOf(row, explanation),
    clientId: row.client_id,
    reconnectAt: reconnectAt(row),
    hasRefreshToken: row.refresh_token_sealed !== null,
    hasAccessToken: row.access_token_sealed !== null,
  };
}

/** Asked scopes that Zoho's answer does not show as granted. */
export function scopesNotListed({ asked_scopes: asked, scopes }: ConnectionRow): string[] {
  return asked === null ? [] : notListed(storedScopes(asked), storedScopes(scopes));
}

/** Zoho does not always list all that it granted. */
export function notListedWords(scopes: readonly string[]): string {
  const more = scopes.length > 3 ? ` and ${scopes.length - 3} more` : '';
  const names = `${scopes.slice(0, 3).join(', ')}${more}`;
  return `Zoho’s answer does not list ${names} among what was granted. It may work all the same; if not, reconnect and allow it at Zoho.`;
}

export function nextOf({ free, freeAt }: Budget, now: Date): Moment | null {
  return free ? null : moment(iso(freeAt), now);
}

function expiryOf(row: ConnectionRow, now: Date): ConnectionView['expires'] {
  if (row.access_token_expires_at === null) return null;
  const valid = row.access_token_expires_at > iso(now);
  return { ...moment(row.access_token_expires_at, now), valid, ofSeconds: row.access_token_life };
}

const secondOpinion =
  'Zoho has been wrong about this before, so it is asked again in a minute. If it says the same, reconnect.';

function problemOf(row: ConnectionRow, explanation: Explanation | null): ConnectionView['problem'] {
  if (explanation === null) return null;
  const { sentence, next, kind } = explanation;
  if (kind === 'reconnect' && row.status === 'active') return { sentence, next: secondOpinion };
  return { sentence, next };
}
