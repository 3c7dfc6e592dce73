import { findApiKey, namesOf, usedHours } from '../../auth/api-keys';
import { pageOfConnections } from '../../connections/connections';
import type { Keeper } from '../../keeper';
import type { ApiKeyRow } from '../../store/schema';
import { type Example, examplesFor } from './key-examples';
import { hoursUntil, keyRowView, type KeyRowView, stripOf } from './keys';

export interface KeyView {
  key: KeyRowView;
  /** The key itself, right after it was created: the only time that it is shown. */
  text: string | null;
  /** The first of the connections that it can access, with how many there are beyond; null stands for all. */
  names: { first: string[]; more: number } | null;
  /** None for a key that has ended. */
  examples: Example[];
  /** What the examples use; false when there is no such connection yet. */
  isConnected: boolean;
}

const mostNames = 50;

/** Null when there is no key with this id. */
export async function keyView(keeper: Keeper, id: string, text: string | null): Promise<KeyView | null> {
  const { store, config, now } = keeper;
  const row = await findApiKey(store, id);
  if (!row) return null;
  const hours = hoursUntil(now());
  const used = await usedHours(store, hours, id);
  const key = keyRowView(row, now(), stripOf(hours, used.get(id) ?? new Set()));
  const names = namesOf(row);
  const connected = await firstConnection(keeper, row);
  return {
    key,
    text,
    names: names && { first: names.slice(0, mostNames), more: Math.max(0, names.length - mostNames) },
    examples: key.ended ? [] : examplesFor(config.baseUrl, connected ?? names?.[0] ?? 'default', text),
    isConnected: connected !== null,
  };
}

async function firstConnection({ store }: Keeper, row: ApiKeyRow): Promise<string | null> {
  const [connection] = await pageOfConnections(store, { after: '', limit: 1, names: namesOf(row) });
  return connection?.name ?? null;
}
