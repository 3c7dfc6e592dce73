import { setTimeout as wait } from 'node:timers/promises';
import { byKeeper, record } from '../audit';
import { findClient } from '../connections/clients';
import { explainConnection } from '../connections/explanations';
import { environmentIn } from '../connections/identity';
import { type Context, inTransaction } from '../context';
import { problemOf } from '../errors';
import { Problem } from '../lib/problem';
import { addSeconds, atTime, iso, secondsToWait } from '../lib/time';
import { findConnectionById, openRefreshToken } from '../store/connections';
import { DamagedSecret } from '../store/encryption/cipher';
import { claimRefresh, type Lease, saveFailure, saveRefresh } from '../store/leases';
import { beginRefresh, endRefresh, interruptRefreshes } from '../store/refreshes';
import type { ConnectionRow, RequestedBy } from '../store/schema';
import type { TokenAnswer } from '../zoho/answers';
import type { Client } from '../zoho/client';
import { ZohoError } from '../zoho/errors';
import { environmentOf } from '../zoho/hosts';
import { explain } from '../zoho/messages';
import { afterFailure } from './backoff';
import { type BudgetClass, readBudget, type Use } from './budget';
import { type FreshToken, isAlmostNew, type RefreshDemand, servable } from './fresh-token';

/** Longer than a refresh call and the write after it, so that a living holder never loses its lease. */
const leaseSeconds = 15;
/** How long a refresh may wait until Zoho takes it. */
const turnSeconds = 20;
/** Long enough for a dead holder's lease to end and one more refresh. */
const waitSeconds = 28;

/**
 * Processes share one refresh by a lease in the row; whoever does not get it looks whether the holder is done. `seen` is the
 * connection as it was just read.
 */
export async function refreshAcrossProcesses(
  context: Context,
  owner: string,
  seen: ConnectionRow,
  demand: RefreshDemand,
): Promise<FreshToken> {
  const { store, now } = context;
  const started = now();
  const giveUp = addSeconds(started, waitSeconds);
  let connection: ConnectionRow | undefined = seen;
  for (;;) {
    if (!connection) throw new Problem(404, 'not_found', 'The connection was deleted.', 'Connect it again.');
    const ready = servable(context, connection, demand);
    if (ready) return { ...ready, refreshed: (connection.refreshed_at ?? '') >= iso(started) };
    if (connection.lease_until === null || connection.lease_until <= iso(now())) {
      await requireRefreshable(context, connection, demand);
      const fresh = await refreshInTurn(context, owner, connection, demand.requestedBy);
      if (fresh) return fresh;
    }
    if (now() > giveUp) {
      throw new Problem(503, 'zoho_unavailable', 'Another refresh did not end in time.', 'Try again.', 5);
    }
    await wait(50 + Math.random() * 50);
    connection = await findConnectionById(store, seen.id);
  }
}

async function requireRefreshable(context: Context, row: ConnectionRow, demand: RefreshDemand): Promise<void> {
  const now = context.now();
  const isPerson = demand.requestedBy === 'person';
  if (row.status === 'revoked' || row.refresh_token_sealed === null) {
    throw new Problem(409, 'needs_reconnect', 'This connection was disconnected, so it has no tokens.', 'Reconnect.');
  }
  if (row.status === 'needs_reconnect' && !isPerson) {
    throw problemOf(new ZohoError(await explainConnection(context, row)));
  }
  await refuseUntil(context, row.throttled_until, row);
  if (!isPerson) await refuseUntil(context, row.retry_at, row);
  const forOthers = demand.newerThan === null && isAlmostNew(row, now) ? 'early' : 'program';
  const budgetClass = isPerson ? 'person' : forOthers;
  const { free, freeAt, deciding } = await readBudget(context.store, row, budgetClass, now);
  if (free) return;
  const next = `The next refresh is possible ${atTime(freeAt)}.`;
  throw new Problem(429, 'throttled', usedUp(deciding, budgetClass), next, secondsToWait(iso(freeAt), now));
}

async function refuseUntil(context: Context, time: string | null, row: ConnectionRow): Promise<void> {
  const now = context.now();
  if (time === null || time <= iso(now)) return;
  const explanation = await explainConnection(context, row, row.error_code ?? 'throttled');
  throw problemOf(new ZohoError(explanation), secondsToWait(time, now));
}

function usedUp({ window, used }: Use, budgetClass: BudgetClass): string {
  if (window === 'hour') {
    return `The Keeper has fetched ${used} access tokens in an hour and stops before Zoho ends the oldest of them.`;
  }
  const count = `The Keeper has refreshed this token ${used} times in ten minutes`;
  if (budgetClass === 'early') return `${count}, and the one that is stored is almost new.`;
  return `${count} and stops before Zoho blocks it.`;
}

/** The lease begins with the turn. Null when somebody else was first. */
function refreshInTurn(
  context: Context,
  owner: string,
  seen: ConnectionRow,
  requestedBy: RequestedBy,
): Promise<FreshToken | null> {
  const patience = { isPatient: requestedBy === 'schedule', seconds: turnSeconds };
  return context.zoho.refreshInTurn(seen.data_center, patience, async (ask) => {
    const claim = await claimWithLedger(context, owner, seen, requestedBy);
    return claim && refreshHolding(context, claim, seen, ask);
  });
}

interface Claim {
  readonly lease: Lease;
  readonly ledgerId: string;
  readonly requestedBy: RequestedBy;
}

/** Claim and ledger in one transaction: no claim is without its line, and no line without its claim. */
async function claimWithLedger(
  context: Context,
  owner: string,
  seen: ConnectionRow,
  requestedBy: RequestedBy,
): Promise<Claim | null> {
  const now = context.now();
  const times = { now: iso(now), until: iso(addSeconds(now, leaseSeconds)) };
  return inTransaction(context, async (transaction) => {
    const { store } = transaction;
    const lease = await claimRefresh(store, seen, owner, times);
    if (!lease) return null;
    if (seen.lease_until !== null) await reportInterrupted(transaction, seen);
    const ledgerId = await beginRefresh(store, seen, requestedBy, times.now);
    return { lease, ledgerId, requestedBy };
  });
}

/** The holder before has not given its lease back: it died, and what Zoho answered it is lost. */
async function reportInterrupted(transaction: Context, { id, name }: ConnectionRow): Promise<void> {
  if ((await interruptRefreshes(transaction.store, id)) === 0) return;
  await record(transaction, byKeeper, { action: 'refresh_interrupted', subject: name });
  transaction.log.warn({ connection: name }, 'a refresh was interrupted');
}

type Ask = (client: Client, refreshToken: string) => Promise<TokenAnswer>;

/** Null when the lease was lost. */
async function refreshHolding(
  context: Context,
  { lease, ledgerId, requestedBy }: Claim,
  connection: ConnectionRow,
  ask: Ask,
): Promise<FreshToken | null> {
  const { now, log } = context;
  // As late as possible: the clock may be set while this process stands still.
  const sentAt = now();
  try {
    const answer = await askZoho(context, connection, ask);
    const access = {
      token: answer.accessToken,
      expiresAt: iso(addSeconds(sentAt, answer.expiresIn)),
      life: answer.expiresIn,
      receivedAt: iso(now()),
      requestedBy,
    };
    warnOfMove(context, connection, answer);
    const tookMs = now().getTime() - sentAt.getTime();
    const row = await inTransaction(context, async ({ store }) => {
      await endRefresh(store, ledgerId, 'ok', tookMs);
      return saveRefresh(store, lease, { access, newRefreshToken: answer.refreshToken });
    });
    count(context, 'ok', tookMs);
    log.info({ connection: connection.name, requested_by: requestedBy, ms: tookMs }, 'refreshed');
    return row && { accessToken: answer.accessToken, connection: row, refreshed: true };
  } catch (error) {
    if (!(error instanceof ZohoError)) throw error;
    const tookMs = now().getTime() - sentAt.getTime();
    count(context, error.code, tookMs);
    const problem = await inTransaction(context, async (transaction) => {
      await endRefresh(transaction.store, ledgerId, error.code, tookMs);
      return noteFailure(transaction, lease, connection, error);
    });
    if (problem === null) return null;
    throw problem;
  }
}

function count({ counts }: Context, result: string, tookMs: number): void {
  counts.refreshes.observe({ result }, tookMs / 1000);
}

/** Where programs call was settled at the connect. A refresh must not move them, into a sandbox say, without a word. */
function warnOfMove({ log }: Context, connection: ConnectionRow, { apiDomain }: TokenAnswer): void {
  const environment = apiDomain === null ? null : environmentOf(apiDomain);
  if (environment === null || environment === environmentIn(connection)) return;
  log.warn({ connection: connection.name, environment }, 'Zoho named another environment at a refresh: it is not used');
}

/** Null when the lease was lost: somebody else knows better. */
async function noteFailure(
  context: Context,
  lease: Lease,
  connection: ConnectionRow,
  error: ZohoError,
): Promise<Problem | null> {
  const { store, log, now } = context;
  const failure = afterFailure(error, connection, now());
  if (!(await saveFailure(store, lease, failure))) return null;
  log.warn({ connection: connection.name, error_code: error.code, status: failure.status }, 'refresh failed');
  const until = failure.throttled_until ?? failure.retry_at ?? null;
  const explained = new ZohoError(await explainConnection(context, connection, error.code));
  return problemOf(explained, until === null ? null : secondsToWait(until, now()));
}

async function askZoho(context: Context, connection: ConnectionRow, ask: Ask): Promise<TokenAnswer> {
  try {
    const refreshToken = openRefreshToken(context.store, connection);
    if (refreshToken === null) throw new DamagedSecret('refresh token');
    return await ask(await clientOf(context, connection), refreshToken);
  } catch (error) {
    if (error instanceof DamagedSecret) throw new ZohoError(explain('damaged', 'refresh'));
    throw error;
  }
}

async function clientOf(context: Context, connection: ConnectionRow): Promise<Client> {
  try {
    return await findClient(context, connection.client_id, connection.data_center);
  } catch (error) {
    if (error instanceof DamagedSecret) throw new ZohoError(explain('client_damaged', 'refresh'));
    if (error instanceof Problem) throw new ZohoError(explain('client_missing', 'refresh'));
    throw error;
  }
}
