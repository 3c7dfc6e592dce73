import type { ConnectionRow, RefreshRow } from '../../src/store/schema';
import type { History } from '../simulation/history';
import type { Operations } from '../simulation/operations';
import type { SimulatedZoho } from '../simulation/zoho';
import type { Written, WrittenRows } from './written';
import type { Arrival } from './zoho';

export interface CheckParts {
  readonly history: Pick<History, 'violate'>;
  readonly zoho: SimulatedZoho;
  readonly operations: Operations;
  readonly arrivals: readonly Arrival[];
  readonly written: WrittenRows;
  refreshTokenOf(row: ConnectionRow): string | null;
  /** How long a token is good for whoever does not say how long it has to live, in milliseconds. */
  readonly need: number;
}

const second = 1000;
const lease = 15 * second;
/** By so much the clocks that instances carry on from the database's may differ. */
const skew = second;

/** A refresh by the ledger. `endedAt` is null where its holder never said how it ended. */
interface Refresh {
  readonly row: RefreshRow;
  readonly writtenAt: number;
  readonly startedAt: number;
  endedAt: number | null;
  result: string;
}

/**
 * What the database kept of all that was written, held against what Zoho saw: I3 rows do not go back · I4 one refresh at a
 * time and one for each need, within Zoho's limits, written down before · I5 with the stored refresh token · I1 nothing is
 * revoked that is in use, and nobody is sent to reconnect without need.
 */
export function checkWritten(parts: CheckParts): void {
  const stored = storedTokens(parts);
  const ledger = ledgerOf(parts.written.refreshes);
  checkOrder(parts);
  checkReconnects(parts);
  checkOverlaps(parts, ledger);
  checkNeeds(parts, ledger);
  checkArrivals(parts, stored, ledger);
  checkRevoked(parts, stored);
  if (parts.zoho.control.throttled() > 0) parts.history.violate('I4 Zoho was asked more often than it allows');
}

interface Stored {
  readonly name: string;
  readonly id: string;
  readonly from: number;
  until: number;
}

/** When each refresh token was the stored one. */
function storedTokens({ written, refreshTokenOf }: CheckParts): Map<string, Stored> {
  const stored = new Map<string, Stored>();
  const current = new Map<string, string>();
  for (const { at, isGone, row } of written.connections) {
    const token = isGone ? null : refreshTokenOf(row);
    const before = current.get(row.id);
    if (before === token) continue;
    const last = stored.get(before ?? '');
    if (last) last.until = at;
    current.delete(row.id);
    if (token === null) continue;
    current.set(row.id, token);
    stored.set(token, { name: row.name, id: row.refresh_token_id, from: at, until: Infinity });
  }
  return stored;
}

function ledgerOf(written: readonly Written<RefreshRow>[]): Refresh[] {
  const ledger = new Map<string, Refresh>();
  for (const { at, isGone, row } of written) {
    const known = ledger.get(row.id);
    if (!known) {
      const startedAt = Date.parse(row.started_at);
      ledger.set(row.id, { row, writtenAt: at, startedAt, endedAt: null, result: row.result });
    } else if (!isGone) Object.assign(known, { result: row.result, endedAt: row.took_ms === null ? null : at });
  }
  return [...ledger.values()].sort((one, other) => one.writtenAt - other.writtenAt);
}

function checkOrder({ history, written }: CheckParts): void {
  const sequences = new Map<string, number>();
  for (const { row } of written.connections) {
    const last = sequences.get(row.id) ?? 0;
    if (row.seq < last) history.violate(`I3 the row of ${row.name} went back from ${last} to ${row.seq}`);
    sequences.set(row.id, row.seq);
  }
}

/** Zoho has to say of a token that it knows none such twice, a minute apart. */
function checkReconnects({ history, written, zoho, arrivals, refreshTokenOf }: CheckParts): void {
  for (const { at, isGone, row } of written.connections) {
    const token = refreshTokenOf(row);
    const grant = zoho.grants.get(token ?? '');
    if (isGone || row.status !== 'needs_reconnect' || !grant || (grant.endedAt ?? Infinity) <= at) continue;
    const refusals = arrivals.filter(
      ({ secret, arrivedAt, request }) => secret === token && arrivedAt < at && request.fault === 'invalid_code',
    );
    const span = (refusals.at(-1)?.arrivedAt ?? 0) - (refusals[0]?.arrivedAt ?? 0);
    if (span < 60 * second - skew) history.violate(`I1 ${row.name} is to be reconnected although its token is good`);
  }
}

/** A second one comes when the first has ended, or its lease. */
function checkOverlaps({ history }: CheckParts, ledger: readonly Refresh[]): void {
  for (const [first, next] of pairs(ledger)) {
    const free = Math.min(first.endedAt ?? Infinity, first.startedAt + lease - skew);
    if (next.writtenAt >= free) continue;
    const pause = Math.round(next.writtenAt - first.startedAt);
    const what = `a refresh of ${first.row.refresh_token_id} by a ${next.row.requested_by}`;
    history.violate(`I4 ${what} begins ${pause} ms after another, which ends as ${first.result}`);
  }
}

/** What a refresh has brought is used, unless somebody insists. */
function checkNeeds({ history, operations, need, written }: CheckParts, ledger: readonly Refresh[]): void {
  const names = new Map(written.connections.map(({ row }) => [row.id, row.name]));
  const doubted = new Set(
    written.connections.filter(({ row }) => row.refused_at !== null).map(({ row }) => row.refresh_token_id),
  );
  for (const [first, next] of pairs(ledger)) {
    const isSaved = first.result === 'ok' && (first.endedAt ?? Infinity) < first.startedAt + lease - skew;
    const pause = next.startedAt - first.startedAt;
    if (!isSaved || pause > need - skew || doubted.has(first.row.refresh_token_id)) continue;
    const name = names.get(first.row.connection_id) ?? '';
    if (operations.since(first.startedAt - skew, name, ['refresh']).some(({ invokedAt }) => invokedAt < next.writtenAt))
      continue;
    history.violate(`I4 ${name} is refreshed again after ${pause} ms`);
  }
}

/** Each refresh that Zoho saw stands in the ledger, with a token that was stored when it began. */
function checkArrivals(
  { history, zoho, arrivals }: CheckParts,
  stored: ReadonlyMap<string, Stored>,
  ledger: readonly Refresh[],
): void {
  const counts = new Map<string, number>();
  for (const { endpoint, secret, arrivedAt } of arrivals) {
    if (endpoint !== 'refresh') continue;
    const known = stored.get(secret);
    if (!known || known.from > arrivedAt + 2) {
      const who = zoho.grants.has(secret) ? 'that is not stored' : 'that Zoho never made';
      history.violate(`I5 a refresh token is used ${who}`);
      continue;
    }
    const count = (counts.get(secret) ?? 0) + 1;
    counts.set(secret, count);
    const begun = ledger.filter(
      ({ row, writtenAt }) =>
        row.refresh_token_id === known.id && writtenAt <= arrivedAt + 2 && writtenAt <= known.until,
    ).length;
    if (count > begun) history.violate(`I4 of ${count} refreshes of ${known.name} ${begun} are written down`);
  }
}

function checkRevoked({ history, arrivals }: CheckParts, stored: ReadonlyMap<string, Stored>): void {
  for (const { endpoint, secret, arrivedAt } of arrivals) {
    const known = endpoint === 'revoke' ? stored.get(secret) : undefined;
    if (known && known.from <= arrivedAt + 2 && known.until > arrivedAt + 2)
      history.violate(`I1 the refresh token of ${known.name} is revoked while it is in use`);
  }
}

/** Each with the next one of its refresh token. */
function pairs(ledger: readonly Refresh[]): [Refresh, Refresh][] {
  const last = new Map<string, Refresh>();
  return ledger.flatMap((one): [Refresh, Refresh][] => {
    const before = last.get(one.row.refresh_token_id);
    last.set(one.row.refresh_token_id, one);
    return before ? [[before, one]] : [];
  });
}
