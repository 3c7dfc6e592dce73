import { digest } from '../lib/secrets';
import { openOrNull } from './encryption/cipher';
import type { EventRow } from './schema';
import type { Store } from './store';

// The events since the last seal get a new one, which holds a digest of them and of the seal before. Sealed as secrets are:
// whoever writes to the database without the key can make none, and a rotation of the key carries them along.

const column = 'event_seals.chain';
const mostEvents = 1000;
const idLength = 12;

/** Seals the oldest events that have no seal, in a transaction. Returns the seal's id, null when there was nothing to do. */
export async function sealEvents(store: Store): Promise<string | null> {
  const last = await store.db.selectFrom('event_seals').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst();
  const rows = await eventsOf(store, null, mostEvents);
  const [first] = rows;
  if (!first) return null;
  const id = String(Number(last?.id ?? 0) + 1).padStart(idLength, '0');
  const before = last ? (openChain(store, last)?.own ?? '') : '';
  const chain = `${before}.${digestOf(before, rows)}`;
  const seal = { id, first_at: first.at, chain_sealed: store.cipher.seal(chain, { column, row: id }) };
  const { numInsertedOrUpdatedRows: added } = await store.db
    .insertInto('event_seals')
    .values(seal)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  // Another instance was faster, and has sealed them.
  if (added !== 1n) return null;
  const ids = rows.map((row) => row.id);
  await store.db.updateTable('events').set({ seal: id }).where('id', 'in', ids).execute();
  return id;
}

export interface SealFinding {
  /** Events before this time were removed or never sealed, so nothing can be said of them. */
  readonly since: string | null;
  readonly seals: number;
  /** When the events begin that are not as they were sealed, the first of them; null when all is well. */
  readonly brokenAt: string | null;
}

/** Looks at every seal, but for those of events that were removed because they were old. */
export async function verifyEvents(store: Store): Promise<SealFinding> {
  const oldest = await store.db.selectFrom('events').select('at').orderBy('at').limit(1).executeTakeFirst();
  const all = await store.db.selectFrom('event_seals').selectAll().orderBy('id').execute();
  const seals = all.slice(all.findLastIndex((seal) => seal.first_at < (oldest?.at ?? '')) + 1);
  let before: { id: string; own: string } | null = null;
  for (const seal of seals) {
    const chain = openChain(store, seal);
    const rows = await eventsOf(store, seal.id, mostEvents + 1);
    const follows = before === null || (Number(seal.id) === Number(before.id) + 1 && chain?.before === before.own);
    if (!chain || !follows || chain.own !== digestOf(chain.before, rows)) {
      return { since: seals[0]?.first_at ?? null, seals: seals.length, brokenAt: seal.first_at };
    }
    before = { id: seal.id, own: chain.own };
  }
  return { since: seals[0]?.first_at ?? null, seals: seals.length, brokenAt: null };
}

function openChain(store: Store, { id, chain_sealed: sealed }: { id: string; chain_sealed: string }) {
  const [before, own] = openOrNull(() => store.cipher.open(sealed, { column, row: id }))?.split('.') ?? [];
  return before === undefined || own === undefined ? null : { before, own };
}

function eventsOf(store: Store, seal: string | null, limit: number): Promise<EventRow[]> {
  return store.db
    .selectFrom('events')
    .selectAll()
    .where('seal', seal === null ? 'is' : '=', seal)
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .execute();
}

function digestOf(before: string, rows: readonly EventRow[]): string {
  const told = rows.map(({ id, at, actor, ip, action, subject, detail }) => [
    id,
    at,
    actor,
    ip,
    action,
    subject,
    detail,
  ]);
  return digest(JSON.stringify([before, told]));
}
