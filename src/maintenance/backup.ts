import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Actor, byKeeper, record } from '../audit';
import type { BackupPlan } from '../config/config';
import { digestOf, manifestOf, writeManifest } from './manifest';
import { copyDatabase, inspectDatabase } from '../store/backup';
import { syncToDisk } from '../store/disk';
import { StorageError } from '../store/errors';
import type { OpenContext } from '../context';
import { iso } from '../lib/time';

const interval = 24 * 3600 * 1000;
/** Milliseconds. An older draft was left by a backup that was killed. */
const staleDraft = 3600 * 1000;

/** Copies the database while in use and returns the path of the checked copy. Throws a StorageError on PostgreSQL. */
export async function makeBackup(context: OpenContext, folder: string, actor: Actor): Promise<string> {
  const { store, now } = context;
  if (store.file === null) {
    throw new StorageError('The database is PostgreSQL: back it up with pg_dump, and ENCRYPTION_KEYS apart from it.');
  }
  const madeAt = iso(now());
  const backup = join(folder, `keeper-${madeAt.replace(/[:.]/g, '-')}.db`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeStaleDrafts(folder);
  const draft = `${backup}.partial`;
  // Created here so that nobody else can read it at any moment.
  closeSync(openSync(draft, 'wx', 0o600));
  try {
    await copyDatabase(store.file, draft);
    writeManifest(backup, { madeAt, ...inspectDatabase(draft), sha256: await digestOf(draft) });
    syncToDisk(draft);
    renameSync(draft, backup);
    syncToDisk(folder);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  await record(context, actor, { action: 'backup_made', subject: backup });
  return backup;
}

/** Makes a backup when the last one is a day old, and deletes those beyond the number to keep. */
export async function backUpDaily(context: OpenContext, { folder, keep }: BackupPlan): Promise<void> {
  const last = backupsIn(folder).at(-1);
  if (last !== undefined && context.now().getTime() - timeOf(last) < interval) return;
  await makeBackup(context, folder, byKeeper);
  for (const name of backupsIn(folder).slice(0, -keep)) {
    rmSync(join(folder, name), { force: true });
    rmSync(manifestOf(join(folder, name)), { force: true });
  }
}

const backupName = /^keeper-(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d)-(\d{3}Z)\.db$/;

function backupsIn(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => backupName.test(name))
    .toSorted();
}

function namesIn(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
}

function timeOf(name: string): number {
  return Date.parse(name.replace(backupName, '$1$2:$3:$4.$5'));
}

function removeStaleDrafts(folder: string): void {
  for (const name of namesIn(folder).filter((entry) => /^keeper-.*\.db\.partial(-journal)?$/.test(entry))) {
    const draft = join(folder, name);
    if (Date.now() - (statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > staleDraft) rmSync(draft);
  }
}
