import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf, readManifest } from './manifest';
import { listApiKeys, revokeApiKey } from '../store/api-keys';
import {
  type Contents,
  draftOf,
  endWorkUnderWay,
  inspectDatabase,
  isEmptyDatabase,
  removeDatabase,
  revocationsIn,
  swapDatabase,
} from '../store/backup';
import { sqliteFileOf } from '../store/database';
import { realPlace } from '../store/disk';
import { StorageError } from '../store/errors';
import { byCommandLine } from '../audit';
import { recordEvent } from '../store/events';
import { keyFileFor } from '../store/encryption/keyring';
import type { ApiKeyRow } from '../store/schema';
import { type SecretCounts, verifySecrets } from '../store/encryption/sealed';
import { openStore } from '../store/open';
import type { Store } from '../store/store';
import { type Clock, iso } from '../lib/time';

export interface Target {
  readonly databaseUrl: string;
  readonly encryptionKeys: string | null;
}

export interface Restored {
  readonly madeAt: string;
  readonly connections: number;
  readonly secrets: SecretCounts;
  /** Flows that were in flight when the backup was made. */
  readonly interrupted: number;
  readonly keys: {
    /** Revoked since the backup, and so revoked again. */
    readonly revoked: number;
    /** Valid again, although they may have been revoked: the database that was there does not know them. */
    readonly unknown: number;
  };
  /** Where the database that was there is kept; null when there was none. */
  readonly aside: string | null;
}

/** Checks a copy of the backup first: throws a StorageError that says why, and leaves the database as it was. */
export async function restoreBackup(target: Target, backup: string, replace: boolean, now: Clock): Promise<Restored> {
  const named = sqliteFileOf(target.databaseUrl);
  if (named === null) {
    throw new StorageError('The database is PostgreSQL: restore it with pg_restore or psql from what pg_dump made.');
  }
  // A symbolic link stays, and what it leads to is replaced on its own file system.
  const file = realPlace(named);
  const { madeAt } = readManifest(backup);
  const isThere = existsSync(file);
  if (!replace && !isEmptyDatabase(file)) {
    throw new StorageError(
      `The database ${file} is not empty: with --replace it is moved aside and the backup put there.`,
    );
  }
  // As the first start would make it.
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.restoring`;
  try {
    const contents = await copyChecked(backup, draft);
    const result = await prepare(draft, contents, { ...target, keyFile: keyFileFor(named), file }, now);
    const aside = `${file}.replaced-${iso(now()).replace(/[:.]/g, '-')}`;
    swapDatabase(draft, file, aside);
    return { ...result, madeAt, aside: isThere ? aside : null };
  } finally {
    removeDatabase(draft);
  }
}

/** Copies a backup and looks at the copy. Throws a StorageError when it is not whole. */
export async function copyChecked(backup: string, draft: string): Promise<Contents> {
  const { sha256 } = readManifest(backup);
  draftOf(backup, draft);
  if ((await digestOf(draft)) !== sha256) {
    throw new StorageError(
      `${backup} is not what its manifest describes: it was changed or cut short, use another one.`,
    );
  }
  const contents = inspectDatabase(draft);
  if (contents.keys.length > 0) return contents;
  throw new StorageError('The backup names no key that it was made with: use another one.');
}

async function prepare(
  draft: string,
  { rows }: Contents,
  { encryptionKeys, keyFile, file }: Target & { keyFile: string; file: string },
  now: Clock,
): Promise<Omit<Restored, 'madeAt' | 'aside'>> {
  const store = await openStore(`sqlite:${draft}`, encryptionKeys, { keyFile });
  try {
    const secrets = await verifySecrets(store);
    const interrupted = await endWorkUnderWay(store, iso(now()));
    const keys = await keepRevoked(store, file, iso(now()));
    await recordEvent(store, byCommandLine, { action: 'restored', subject: null }, iso(now()));
    return { connections: rows['connections'] ?? 0, secrets, interrupted, keys };
  } finally {
    await store.close();
  }
}

async function keepRevoked(store: Store, replaced: string, now: string): Promise<Restored['keys']> {
  const before = revocationsIn(replaced);
  let revoked = 0;
  for (const [id, revokedAt] of before) {
    if (revokedAt !== null && (await revokeApiKey(store, id, revokedAt))) revoked++;
  }
  const valid = (await listApiKeys(store)).filter((key) => isValid(key, now));
  return { revoked, unknown: valid.filter(({ id }) => !before.has(id)).length };
}

function isValid(key: ApiKeyRow, now: string): boolean {
  return key.revoked_at === null && (key.expires_at === null || key.expires_at > now);
}
