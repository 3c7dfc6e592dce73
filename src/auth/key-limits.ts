import { type Actor, recordHourly } from '../audit';
import { isConnectionName } from '../connections/names';
import type { Context } from '../context';
import { notFound } from '../errors';
import { Problem } from '../lib/problem';
import { findByFormerName } from '../store/former-names';
import type { ApiKeyRow } from '../store/schema';
import { namesOf } from './api-keys';

export type KeyLimits = ReturnType<typeof createKeyLimits>;

/** What a key may do. Refusals are recorded, for each key once an hour. */
export function createKeyLimits(context: Context) {
  const recordOverreach = recordHourly(context);
  return { requireAccess, requireRefresh, requireAll, newNameOf };

  /** Throws the same Problem when the connection cannot exist and when the key may not see it. */
  async function requireAccess(key: ApiKeyRow, name: string, ip: string | null): Promise<void> {
    if (isConnectionName(name) && maySee(key, name)) return;
    // By key and not by name, so that one that tries names in turn leaves one line an hour.
    const event = { action: 'access_refused', subject: key.id, detail: name };
    const isOverreach = isConnectionName(name) && (await newNameOf(key, name)) === null;
    if (isOverreach) await recordOverreach(programActor(key, ip), event);
    throw notFound(name);
  }

  /** What a connection that had this name is called now; null when there is none that the key may see. */
  async function newNameOf(key: ApiKeyRow, name: string): Promise<string | null> {
    const renamed = await findByFormerName(context.store, name);
    return renamed && maySee(key, renamed.name) ? renamed.name : null;
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
}

export function programActor(key: ApiKeyRow, ip: string | null): Actor {
  return { name: `key ${key.id}`, ip };
}

function maySee({ connections }: ApiKeyRow, name: string): boolean {
  // Without taking the list apart: it may be long, and every call comes by here.
  return connections === '*' || ` ${connections} `.includes(` ${name} `);
}
