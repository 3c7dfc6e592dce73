import { timingSafeEqual } from 'node:crypto';
import { atMostEvery } from '../lib/rate-limit';
import { keyText, newKey, parseKey } from './key-format';
import type { Log } from '../lib/log';
import { isConnectionName, nameRule } from '../connections/names';
import { Problem } from '../lib/problem';
import { addApiKey, findApiKey, listApiKeys, markKeyUsed, revokeApiKey } from '../store/api-keys';
import { fingerprint } from '../store/encryption/cipher';
import { type Actor, recordEvent } from '../store/events';
import type { ApiKeyRow, KeyRights } from '../store/schema';
import type { Store } from '../store/store';
import { type Clock, iso, later } from '../lib/time';
import { together } from '../lib/together';

export interface KeyWish {
  readonly name: string;
  /** Null means all connections, those to come included. */
  readonly connections: readonly string[] | null;
  readonly rights: KeyRights;
  /** Life in days; null means until it is revoked. */
  readonly days: number | null;
}

export const keyNameRule = 'Give the key a name of 1 to 64 characters, for example the program that will use it.';
export const daysRule = 'Write a whole number of days from 1 to 3650, or nothing.';
export const longestLife = 3650;

const usedEvery = 60;
// Compared with when there is no such key, so that the answer takes as long as for one that exists.
const nobody = fingerprint('no key has this digest');

export type Keys = ReturnType<typeof createKeys>;

/** The API keys that programs ask with. */
export function createKeys({ store, now, log }: { store: Store; now: Clock; log: Log }) {
  const isDue = atMostEvery(usedEvery, now);
  const find = together((id) => findApiKey(store, id));
  return { create, list: () => listApiKeys(store), revoke, verify };

  /** Makes a key and returns its text, which is not kept. Throws a Problem on bad input. */
  async function create(wish: KeyWish, actor: Actor): Promise<{ text: string; key: ApiKeyRow }> {
    check(wish);
    const parts = newKey();
    const expiresAt = wish.days === null ? null : iso(later(now(), wish.days * 24 * 3600));
    const key = await addApiKey(store, { ...parts, ...wish, name: wish.name.trim(), expiresAt }, iso(now()));
    const detail = `${key.name}: ${key.rights} ${key.connections}`;
    await recordEvent(store, actor, { action: 'key_created', subject: key.id, detail }, iso(now()));
    return { text: keyText(parts), key };
  }

  /** Ends a key at once. Throws a Problem when there is none with this id, or it has ended before. */
  async function revoke(id: string, actor: Actor): Promise<ApiKeyRow> {
    const key = await revokeApiKey(store, id, iso(now()));
    if (!key) throw new Problem(404, 'not_found', 'There is no such key, or it was revoked before.', 'Check the list.');
    await recordEvent(store, actor, { action: 'key_revoked', subject: id, detail: key.name }, iso(now()));
    return key;
  }

  /** The key that this text is. Throws a Problem with status 401 when it is none, or is not good any more. */
  async function verify(text: string): Promise<ApiKeyRow> {
    const parts = parseKey(text);
    if (!parts) throw refused('That is not an API key, or not all of it.', 'Copy the whole key; it begins with zt_.');
    const key = await find(parts.id);
    const expected = Buffer.from(key?.secret_hash ?? nobody);
    const given = Buffer.from(fingerprint(parts.secret));
    const same = expected.length === given.length && timingSafeEqual(expected, given);
    if (!key || !same) throw refused('There is no such API key.', 'Make one on the page Programs.');
    if (key.revoked_at !== null) throw refused('This API key was revoked.', 'Make another one on the page Programs.');
    if (key.expires_at !== null && key.expires_at <= iso(now())) {
      throw refused('This API key has expired.', 'Make another one on the page Programs.');
    }
    await noteUse(key);
    return key;
  }

  async function noteUse(key: ApiKeyRow): Promise<void> {
    if (!isDue(key.id)) return;
    try {
      await markKeyUsed(store, key.id, iso(now()));
    } catch {
      // A database that cannot be written must not keep tokens from being read.
      log.warn({ key: key.id }, 'the use of a key could not be noted');
    }
  }
}

/** Whether a key may know that this connection exists. */
export function maySee(key: ApiKeyRow, connectionName: string): boolean {
  const names = namesOf(key);
  return names === null || names.includes(connectionName);
}

/** The connections that a key is limited to; null means all. */
export function namesOf(key: ApiKeyRow): string[] | null {
  return key.connections === '*' ? null : key.connections.split(' ');
}

/** Who is acting, for the audit log. */
export function programActor(key: ApiKeyRow, address: string | null): Actor {
  return { name: `key ${key.id}`, address };
}

function refused(sentence: string, next: string): Problem {
  return new Problem(401, 'unauthorized', sentence, next);
}

function check({ name, connections, days }: KeyWish): void {
  // Control characters would break tables and logs.
  if (!/^[^\p{C}]{1,64}$/u.test(name.trim())) throw invalid('That name cannot be used.', keyNameRule);
  if (connections?.length === 0) throw invalid('The key would open no connection.', 'Choose some, or all of them.');
  const bad = connections?.some((connection) => !isConnectionName(connection)) ?? false;
  if (bad) throw invalid('One of the connections has a name that no connection can have.', nameRule);
  const wholeDays = days === null || (Number.isInteger(days) && days >= 1 && days <= longestLife);
  if (!wholeDays) throw invalid('The key cannot live that long or short.', daysRule);
}

function invalid(sentence: string, next: string): Problem {
  return new Problem(400, 'invalid_request', sentence, next);
}
