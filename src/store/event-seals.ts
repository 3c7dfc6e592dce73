import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Selectable } from 'kysely';
import { digest } from '../lib/secrets';
import { openOrNull } from './encryption/cipher';
import type { Database, EventRow } from './schema';
import type { Store } from './store';

// The events since the last seal get a new one, which holds a digest of them and of the seal before. Sealed as secrets are:
// whoever writes to the database without the key can make none, and a rotation of the key carries them along.

const column = 'event_seals.chain';
const mostEvents = 1000;
const idLength = 12;
const moved = 'moved';

type SealRow = Selectable<Database['event_seals']>;

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
  const { numUpdatedRows } = await store.db
    .updateTable('events')
    .set({ seal: id })
    .where('id', 'in', ids)
    .executeTakeFirst();
  if (Number(numUpdatedRows) < ids.length) throw new Error('events were moved away while they were sealed');
  return id;
}

/** Notes in seals that some of their events were moved into a file. Belongs in the transaction that deletes these. */
export async function noteMoved(store: Store, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const chain = await findChain(store, id);
    if (chain === null || chain.isMoved) continue;
    const text = store.cipher.seal(`${chain.before}.${chain.own}.${moved}`, { column, row: id });
    await store.db.updateTable('event_seals').set({ chain_sealed: text }).where('id', '=', id).execute();
  }
}

export interface SealFinding {
  /** Events before this time were moved into a file or never sealed, so nothing can be said of them. */
  readonly since: string | null;
  readonly seals: number;
  /** When the events begin that are not as they were sealed, the first of them; null when all is well. */
  readonly brokenAt: string | null;
}

/** Looks at every seal, and at the events of those from which none was moved into a file. */
export async function verifyEvents(store: Store): Promise<SealFinding> {
  const all = await store.db.selectFrom('event_seals').selectAll().orderBy('id').execute();
  let before = { id: '0', own: '' };
  let since: string | null = null;
  let seals = 0;
  for (const seal of all) {
    // On SQLite others would not get their turn in between.
    await nextTurn();
    const chain = openChain(store, seal);
    const follows = Number(seal.id) === Number(before.id) + 1 && chain?.before === before.own;
    const state = chain && (await stateOf(store, seal.id, chain));
    if (chain === null || !follows || state === 'broken') return { since, seals, brokenAt: seal.first_at };
    [since, seals] = state === 'moved' ? [null, 0] : [since ?? seal.first_at, seals + 1];
    before = { id: seal.id, own: chain.own };
  }
  return { since, seals, brokenAt: null };
}

async function stateOf(store: Store, id: string, chain: Chain): Promise<'whole' | 'moved' | 'broken'> {
  if (chain.isMoved) return 'moved';
  if (chain.own === digestOf(chain.before, await eventsOf(store, id, mostEvents + 1))) return 'whole';
  // Another process may have moved some since the seal was read.
  return (await findChain(store, id))?.isMoved === true ? 'moved' : 'broken';
}

interface Chain {
  readonly before: string;
  readonly own: string;
  readonly isMoved: boolean;
}

async function findChain(store: Store, id: string): Promise<Chain | null> {
  const seal = await store.db.selectFrom('event_seals').selectAll().where('id', '=', id).executeTakeFirst();
  return seal ? openChain(store, seal) : null;
}

function openChain(store: Store, { id, chain_sealed: sealed }: SealRow): Chain | null {
  const [before, own, note] = openOrNull(() => store.cipher.open(sealed, { column, row: id }))?.split('.') ?? [];
  return before === undefined || own === undefined ? null : { before, own, isMoved: note === moved };
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
  // Sorted here, as databases order texts by the language of their place.
  const sorted = rows.toSorted((a, b) => (`${a.at} ${a.id}` < `${b.at} ${b.id}` ? -1 : 1));
  const told = sorted.map((row) => [row.id, row.at, row.actor, row.ip, row.action, row.subject, row.detail]);
  return digest(JSON.stringify([before, told]));
}
