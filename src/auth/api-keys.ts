import { type Actor, noteIfWritable, record, recordHourly, recordUnauthenticated } from '../audit';
import { isConnectionName, nameRule } from '../connections/names';
import { type Context, inTransaction } from '../context';
import { notFound } from '../errors';
import { coalesce } from '../lib/concurrency';
import { Problem } from '../lib/problem';
import { countFailures, throttle } from '../lib/rate-limit';
import { digest } from '../lib/secrets';
import { addSeconds, iso } from '../lib/time';
import { addApiKey, findApiKey, isGenuine, markKeyUsed, revokeApiKey as endApiKey } from '../store/api-keys';
import type { ApiKeyRow, KeyRights } from '../store/schema';
import { keyText, newKey, parseKey } from './key-format';

export { listApiKeys } from '../store/api-keys';

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
    const row = { ...parts, ...wanted, name: wanted.name.trim(), expiresAt };
    const key = await addApiKey(transaction.store, row, iso(now()));
    const detail = `${key.name}: ${key.rights} ${key.connections}`;
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

/** How exactly it is noted when a key was last used, in seconds. */
const usedEvery = 60;
const failuresPerMinute = 20;

export type Authentication = ReturnType<typeof createAuthentication>;

export function createAuthentication(context: Context) {
  const { store, now, log } = context;
  const isDue = throttle(usedEvery, now);
  const isToldDue = throttle(usedEvery, now);
  const find = coalesce((id) => findApiKey(store, id));
  // A right key is never refused for the wrong ones: they cannot be guessed, and programs behind a proxy share a network.
  const [countRefusal, countLeak] = [
    countFailures(failuresPerMinute, 60, now),
    countFailures(failuresPerMinute, 60, now),
  ];
  const [recordRefusal, recordLeak] = [recordUnauthenticated(context), recordUnauthenticated(context)];
  const recordOverreach = recordHourly(context);
  return { authenticate, requireAccess, requireRefresh, requireAll, refuseSecretInAddress };

  /** The key that this text is; null stands for none. Throws a Problem with status 401, or 429 after many of those. */
  async function authenticate(text: string | null, ip: string | null): Promise<ApiKeyRow> {
    try {
      return await verify(text);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) await count(text, ip);
      throw error;
    }
  }

  async function verify(text: string | null): Promise<ApiKeyRow> {
    if (text === null) throw missingKey();
    const parts = parseKey(text);
    if (!parts) throw refused('That is not an API key, or not all of it.', 'Copy the whole key; it begins with zt_.');
    const key = await find(parts.id);
    if (!key || key.secret_digest !== digest(parts.secret)) {
      throw refused('There is no such API key.', 'Create one on the page API keys.');
    }
    if (key.revoked_at !== null) throw refused('This API key was revoked.', 'Create another on the page API keys.');
    if (!isGenuine(store, key)) throw changed(key.id);
    if (key.expires_at !== null && key.expires_at <= iso(now())) {
      throw refused('This API key has expired.', 'Create another on the page API keys.');
    }
    if (isDue(key.id)) await noteIfWritable(context, key.id, () => markKeyUsed(store, key.id, iso(now())));
    return key;
  }

  /** Somebody can write to the database who should not, which is more than one program's business. */
  function changed(id: string): Problem {
    if (isToldDue(id))
      log.error({ apiKey: id }, 'the row of an API key was written by somebody else: it opens nothing');
    const next = 'Revoke it, create another, and look who can write to the database.';
    return refused('This API key is not as the Keeper stored it.', next);
  }

  async function count(text: string | null, ip: string | null): Promise<void> {
    const { failures, tooMany, retryAfter } = countRefusal(ip ?? '');
    // One line a minute tells as much as a thousand.
    if (failures === 1 && text !== null) {
      await recordRefusal(unknownProgram(ip), { action: 'api_key_refused', subject: parseKey(text)?.id ?? null });
    }
    if (!tooMany) return;
    const sentence = 'This address has sent too many requests without a valid API key.';
    throw new Problem(429, 'too_many_failures', sentence, 'Wait a minute and send the right key.', retryAfter);
  }

  /** Throws the same Problem when the connection cannot exist and when the key may not see it. */
  async function requireAccess(key: ApiKeyRow, name: string, ip: string | null): Promise<void> {
    if (isConnectionName(name) && maySee(key, name)) return;
    // By key and not by name, so that one that tries names in turn leaves one line an hour.
    const event = { action: 'access_refused', subject: key.id, detail: name };
    if (isConnectionName(name)) await recordOverreach(programActor(key, ip), event);
    throw notFound(name);
  }

  async function requireRefresh(key: ApiKeyRow, ip: string | null): Promise<void> {
    if (key.rights === 'refresh') return;
    await recordOverreach(programActor(key, ip), { action: 'right_refused', subject: key.id, detail: 'refresh' });
    const sentence = 'This API key may read tokens, but not force refreshes.';
    throw new Problem(403, 'forbidden', sentence, 'Use GET …/token, or a key with the right to refresh.');
  }

  /** For what tells of all connections. */
  async function requireAll(key: ApiKeyRow, ip: string | null): Promise<void> {
    if (namesOf(key) === null) return;
    await recordOverreach(programActor(key, ip), { action: 'right_refused', subject: key.id, detail: 'metrics' });
    const sentence = 'Metrics count all connections, and this API key can access some of them only.';
    throw new Problem(403, 'forbidden', sentence, 'Use a key for all connections.');
  }

  /** For keys and tokens in addresses, which end up in logs and histories. Throws a Problem; records no value. */
  async function refuseSecretInAddress(ip: string | null): Promise<never> {
    if (countLeak(ip ?? '').failures === 1) {
      await recordLeak(unknownProgram(ip), { action: 'secret_in_address', subject: null });
    }
    const sentence = 'A key or token in the address is not accepted: addresses end up in logs.';
    const next = 'Send it as “Authorization: Bearer <api key>”, and create a new key, as this one has been exposed.';
    throw new Problem(400, 'invalid_request', sentence, next);
  }
}

function maySee(key: ApiKeyRow, connectionName: string): boolean {
  const names = namesOf(key);
  return names === null || names.includes(connectionName);
}

export function namesOf(key: ApiKeyRow): string[] | null {
  return key.connections === '*' ? null : key.connections.split(' ');
}

export function programActor(key: ApiKeyRow, ip: string | null): Actor {
  return { name: `key ${key.id}`, ip };
}

function unknownProgram(ip: string | null): Actor {
  return { name: 'unknown program', ip };
}

export function missingKey(): Problem {
  return refused(
    'This call needs an API key.',
    'Send “Authorization: Bearer <api key>” or “X-API-Key: <api key>”; keys are created on the page API keys.',
  );
}

function refused(sentence: string, next: string): Problem {
  return new Problem(401, 'unauthorized', sentence, next);
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
