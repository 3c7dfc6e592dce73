import { byKeeper, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { codeOf, describeError } from '../lib/errors';
import { Problem } from '../lib/problem';
import { addSeconds, iso } from '../lib/time';
import { openOrNull } from '../store/encryption/cipher';
import {
  claimRevocation,
  dueRevocations,
  findRevocation,
  openRevocationToken,
  removeRevocation,
} from '../store/revocations';
import type { RevocationRow } from '../store/schema';
import type { Client } from '../zoho/client';
import { currentClient, findClient } from './clients';

const firstPause = 15;
const longestPause = 3600;
/** A token that could not be revoked for this long is given up, in seconds. */
const patience = 7 * 24 * 3600;

/** Tries what is due, all at once. Resolves when all of it was tried once; never throws for Zoho's sake. */
export async function flushRevocations(context: Context): Promise<void> {
  try {
    const due = await dueRevocations(context.store, iso(context.now()));
    await Promise.all(due.map((row) => attempt(context, row)));
  } catch (error) {
    context.log.error(describeError(error), 'revocations could not be read');
  }
}

export function flushRevocationsSoon(context: Context): void {
  void context.inFlight.track(flushRevocations(context));
}

/** Tries one at once, whatever else waits. True when it is done; never throws, since it is tried again later. */
export async function revokeNow(context: Context, id: string): Promise<boolean> {
  try {
    const row = await findRevocation(context.store, id);
    if (row) await context.inFlight.track(attempt(context, row));
    return (await findRevocation(context.store, id)) === undefined;
  } catch (error) {
    context.log.error(describeError(error), 'a token could not be revoked yet');
    return false;
  }
}

async function attempt(context: Context, row: RevocationRow): Promise<void> {
  const { store, zoho, now, log } = context;
  const pause = Math.min(firstPause * 2 ** row.attempts, longestPause);
  if (!(await claimRevocation(store, row, iso(addSeconds(now(), pause))))) return;
  const token = openOrNull(() => openRevocationToken(store, row));
  if (token === null) return end(context, row, 'revocation_unreadable');
  try {
    await zoho.revoke(await clientOf(context, row), row.data_center, token);
  } catch (error) {
    log.warn({ connection: row.connection_name, error_code: codeOf(error) }, 'a token could not be revoked yet');
    const isOverdue = now() > addSeconds(new Date(row.created_at), patience);
    return isOverdue ? end(context, row, 'revocation_given_up') : undefined;
  }
  await end(context, row, 'revoked_at_zoho');
}

/** The client that the token belongs to; without it, the token alone has to do. */
async function clientOf(context: Context, row: RevocationRow): Promise<Client | null> {
  if (row.client_id === null) return currentClient(context, row.data_center);
  return findClient(context, row.client_id, row.data_center).catch((error: unknown) => {
    if (error instanceof Problem) return null;
    throw error;
  });
}

async function end(context: Context, row: RevocationRow, action: string): Promise<void> {
  await inTransaction(context, async (transaction) => {
    await removeRevocation(transaction.store, row.id);
    await record(transaction, byKeeper, { action, subject: row.connection_name });
  });
}
