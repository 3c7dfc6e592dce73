import { setTimeout as wait } from 'node:timers/promises';
import { type Actor, record } from '../audit';
import type { OpenContext } from '../context';
import { type Tell, tellNobody } from '../lib/progress';
import { realPlace } from '../store/disk';
import { dropOldKeys, makeFirstKey, resealAll } from '../store/encryption/rotation';

/** Seconds before old keys are dropped: a running Keeper may just have sealed with one, and waits 5 s for the lock. */
export const graceSeconds = 10;

export interface Rotation {
  readonly keyId: string;
  /** The key file, behind symbolic links; null when the environment gives the keys. */
  readonly keyFile: string | null;
  /** False when this run resumed a rotation that was cut short, or when the environment gave the key. */
  readonly isNew: boolean;
  readonly resealed: number;
  readonly damaged: number;
  /** Ids of keys taken out of the key file, or to be taken out of the environment. */
  readonly dropped: readonly string[];
}

/** May be killed at any moment and run again. A running Keeper on the same key file takes part by itself. */
export async function rotateKey(
  context: OpenContext,
  actor: Actor,
  grace: number = graceSeconds,
  tell: Tell = tellNobody,
): Promise<Rotation> {
  const { store } = context;
  const { id, isNew } = await makeFirstKey(store);
  if (isNew) await record(context, actor, { action: 'encryption_key_created', subject: id });
  const { resealed, damaged } = await resealAll(store, tell);
  if (store.keyFile !== null) {
    tell(`Waiting ${grace} s for a running Keeper`);
    await wait(grace * 1000);
  }
  const dropped = await dropOldKeys(store);
  const detail = `${resealed} secrets sealed anew, ${damaged} damaged`;
  await record(context, actor, { action: 'encryption_key_rotated', subject: id, detail });
  const keyFile = store.keyFile && realPlace(store.keyFile);
  return { keyId: id, keyFile, isNew, resealed, damaged, dropped };
}
