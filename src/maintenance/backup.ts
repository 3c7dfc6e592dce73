import { closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Actor, byKeeper, record } from '../audit';
import type { BackupPlan } from '../config/config';
import type { OpenContext } from '../context';
import { throttle } from '../lib/rate-limit';
import { iso } from '../lib/time';
import { syncToDisk } from '../store/disk';
import { StorageError } from '../store/errors';
import { type MakeCopy, makeCopy } from './backup-copy';
import { backupNameAt, lastBackupIn, removeStaleDrafts, thinOut } from './backup-folder';
import { writeManifest } from './manifest';

const interval = 24 * 3600 * 1000;
/** Seconds between two tries at least. */
const pause = 3600;

/** Copies the database while in use and returns the path of the checked copy. Throws a StorageError on PostgreSQL. */
export async function makeBackup(
  context: OpenContext,
  folder: string,
  actor: Actor,
  copy: MakeCopy = makeCopy,
): Promise<string> {
  const { store, now } = context;
  if (store.file === null) {
    throw new StorageError('The database is PostgreSQL: back it up with pg_dump, and ENCRYPTION_KEYS apart from it.');
  }
  const time = now();
  const backup = join(folder, backupNameAt(time));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeStaleDrafts(folder);
  const draft = `${backup}.partial`;
  // Created here so that nobody else can read it at any moment.
  closeSync(openSync(draft, 'wx', 0o600));
  try {
    writeManifest(backup, { madeAt: iso(time), ...(await copy(store.file, draft)) });
    renameSync(draft, backup);
    syncToDisk(folder);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  await record(context, actor, { action: 'backup_made', subject: backup });
  return backup;
}

/**
 * Makes a backup when the last one is a day old, and deletes those beyond the number to keep. One that fails is tried
 * again an hour later: each try copies all, which fills a disk that has no room for it.
 */
export function createDailyBackup(context: OpenContext, plan: BackupPlan, copy: MakeCopy = makeCopy) {
  const { folder, keep } = plan;
  const { now } = context;
  const mayTry = throttle(pause, now);
  return async (): Promise<void> => {
    const last = lastBackupIn(folder, now());
    if (last !== null && now().getTime() - last.getTime() < interval) return;
    if (!mayTry(folder)) return;
    await makeBackup(context, folder, byKeeper, copy);
    thinOut(folder, keep, now());
  };
}
