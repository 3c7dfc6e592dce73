import { randomUUID } from 'node:crypto';
import { digest } from '../lib/secrets';
import type { TargetEvent, TargetKind, TargetRow } from './schema';
import type { Store } from './store';

const addressColumn = 'alert_targets.address';
const secretColumn = 'webhooks.secret';

export interface NewTarget {
  readonly kind: TargetKind;
  readonly name: string;
  readonly events: readonly TargetEvent[];
  readonly address: string;
  readonly secret: string | null;
}

/** Adds a target and returns its id. Null when there is one with this address already. */
export async function addTarget(
  store: Store,
  target: NewTarget,
  now: string,
  id: string = randomUUID(),
): Promise<string | null> {
  const { kind, name, events, secret } = target;
  const { numInsertedOrUpdatedRows } = await store.db
    .insertInto('alert_targets')
    .values({
      id,
      kind,
      name,
      events: events.join(' '),
      ...addressColumns(store, id, target.address),
      secret_sealed: secret === null ? null : store.cipher.seal(secret, { column: secretColumn, row: id }),
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n ? id : null;
}

function addressColumns(store: Store, id: string, address: string) {
  return {
    address_sealed: store.cipher.seal(address, { column: addressColumn, row: id }),
    address_digest: digest(address),
    unsealed_address: null,
  };
}

/** Seals the addresses that an earlier version stored in clear, as migration 019 found them. */
export async function sealAddresses(store: Store): Promise<void> {
  const rows = await store.db
    .selectFrom('alert_targets')
    .select(['id', 'unsealed_address'])
    .where('unsealed_address', 'is not', null)
    .execute();
  for (const { id, unsealed_address: address } of rows) await setAddress(store, id, address ?? '');
}

export async function setAddress(store: Store, id: string, address: string): Promise<void> {
  await store.db
    .updateTable('alert_targets')
    .set(addressColumns(store, id, address))
    .where('id', '=', id)
    .execute();
}

export async function listTargets(store: Store): Promise<TargetRow[]> {
  return store.db.selectFrom('alert_targets').selectAll().orderBy('created_at').orderBy('id').execute();
}

export async function findTarget(store: Store, id: string): Promise<TargetRow | undefined> {
  return store.db.selectFrom('alert_targets').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function changeTarget(
  store: Store,
  id: string,
  { name, events }: Pick<NewTarget, 'name' | 'events'>,
): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('alert_targets')
    .set({ name, events: events.join(' ') })
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Forgets a target and all that is on its way to it. False when there was none. */
export async function removeTarget(store: Store, id: string): Promise<boolean> {
  const { numDeletedRows } = await store.db.deleteFrom('alert_targets').where('id', '=', id).executeTakeFirst();
  await store.db.deleteFrom('deliveries').where('target_id', '=', id).execute();
  return numDeletedRows === 1n;
}

export function openAddress(store: Store, { id, address_sealed: sealed }: TargetRow): string {
  return store.cipher.open(sealed ?? '', { column: addressColumn, row: id });
}

/** Null for kinds that sign nothing. */
export function openSecret(store: Store, { id, secret_sealed: sealed }: TargetRow): string | null {
  return sealed === null ? null : store.cipher.open(sealed, { column: secretColumn, row: id });
}
