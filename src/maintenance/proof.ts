import { removeDatabase } from '../store/backup';
import { verifySecrets } from '../store/encryption/sealed';
import { StorageError } from '../store/errors';
import { openStore } from '../store/open';
import { readManifest } from './manifest';
import { copyChecked } from './restore';
import { answerThread, inThread } from './threads';

export interface Proof {
  readonly backup: string;
  /** Where a copy may be opened for a moment. */
  readonly draft: string;
  readonly encryptionKeys: string | null;
  readonly keyFile: string | null;
}

export type Prove = (proof: Proof) => Promise<void>;

/** Restores a copy of a backup and throws it away. Throws a StorageError that says why this backup would not do. */
export async function proveBackup({ backup, draft, encryptionKeys, keyFile }: Proof): Promise<void> {
  try {
    const { rows } = await copyChecked(backup, draft);
    const short = Object.entries(readManifest(backup).rows).find(([table, count]) => rows[table] !== count);
    if (short) throw new StorageError(`${backup} has lost rows of the table ${short[0]}: use another backup.`);
    const store = await openStore(`sqlite:${draft}`, encryptionKeys, keyFile === null ? {} : { keyFile });
    try {
      const { total, damaged } = await verifySecrets(store);
      const bad = Object.values(damaged).reduce((sum, count) => sum + count, 0);
      if (bad > 0) throw new StorageError(`${bad} of ${total} secrets in ${backup} cannot be decrypted.`);
    } finally {
      await store.close();
    }
  } finally {
    removeDatabase(draft);
  }
}

/** The same in a thread of its own. */
export function proveInThread(proof: Proof, signal: AbortSignal): Promise<void> {
  return inThread(__filename, proof, signal);
}

function isProof(data: unknown): data is Proof {
  return typeof data === 'object' && data !== null && 'backup' in data && 'draft' in data;
}

answerThread(isProof, proveBackup);
