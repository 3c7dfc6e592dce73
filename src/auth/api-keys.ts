import { type Actor, record } from '../audit';
import { isConnectionName, nameRule } from '../connections/names';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { addSeconds, iso } from '../lib/time';
import { addApiKey, revokeApiKey as endApiKey } from '../store/api-keys';
import type { ApiKeyRow, KeyRights } from '../store/schema';
import { keyText, newKey } from './key-format';

export { findApiKey, keyNames, listApiKeys, usedHours } from '../store/api-keys';

export interface NewKey {
  readonly name: string;
  /** Null means all connections, those to come included. */
  readonly connections: readonly string[] | null;
  readonly rights: KeyRights;
  /** Life in days; null means until it is revoked. */
  readonly days: number | null;
}

export const keyNameRule = 'Give the key a name of 1 to 64 characters, for example the program that will use it.';
export const daysRule = 'Write a whole number of days from 1 to 3650, or nothing.';
const longestLife = 3650;

/** Makes a key and returns its text, which is not kept. Throws a Problem on bad input. */
export async function createApiKey(
  context: Context,
  wanted: NewKey,
  actor: Actor,
): Promise<{ text: string; key: ApiKeyRow }> {
  check(wanted);
  const { now } = context;
  const parts = newKey();
  const expiresAt = wanted.days === null ? null : iso(addSeconds(now(), wanted.days * 24 * 3600));
  return inTransaction(context, async (transaction) => {
    const connections = wanted.connections && [...new Set(wanted.connections)];
    const row = { ...parts, ...wanted, connections, name: wanted.name.trim(), expiresAt };
    const key = await addApiKey(transaction.store, row, iso(now()));
    const detail = `${key.name}: ${key.rights} ${firstNames(key)}`;
    await record(transaction, actor, { action: 'api_key_created', subject: key.id, detail });
    return { text: keyText(parts), key };
  });
}

/** Ends a key at once. Throws a Problem when there is none with this id, or it has ended before. */
export async function revokeApiKey(context: Context, id: string, actor: Actor): Promise<ApiKeyRow> {
  return inTransaction(context, async (transaction) => {
    const key = /^\w{1,64}$/.test(id) ? await endApiKey(transaction.store, id, iso(context.now())) : null;
    if (!key) throw new Problem(404, 'not_found', 'There is no such key, or it was revoked before.', 'Check the list.');
    await record(transaction, actor, { action: 'api_key_revoked', subject: id, detail: key.name });
    return key;
  });
}

export function namesOf(key: ApiKeyRow): string[] | null {
  return key.connections === '*' ? null : key.connections.split(' ');
}

/** For the audit log, whose lines people read; the key's own row keeps all of them. */
function firstNames(key: ApiKeyRow): string {
  const names = namesOf(key) ?? ['*'];
  const shown = names.slice(0, 50).join(' ');
  return names.length > 50 ? `${shown} and ${names.length - 50} more` : shown;
}

export function isKeyName(name: string): boolean {
  // Control characters would break tables and logs.
  return /^[^\p{C}]{1,64}$/u.test(name);
}

export function parseDays(text: string): number | null {
  return /^\d{1,4}$/.test(text) && isLife(Number(text)) ? Number(text) : null;
}

function isLife(days: number): boolean {
  return Number.isInteger(days) && days >= 1 && days <= longestLife;
}

function check({ name, connections, days }: NewKey): void {
  if (!isKeyName(name.trim())) throw invalid('That name cannot be used.', keyNameRule);
  if (connections?.length === 0) throw invalid('The key could access no connection.', 'Choose some, or all of them.');
  const bad = connections?.some((connection) => !isConnectionName(connection)) ?? false;
  if (bad) throw invalid('One of the connections has a name that no connection can have.', nameRule);
  if (days !== null && !isLife(days)) throw invalid('The key cannot live that long or short.', daysRule);
}

function invalid(sentence: string, next: string): Problem {
  return new Problem(400, 'invalid_request', sentence, next);
}
