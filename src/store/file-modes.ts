import { chmodSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { realPlace } from './disk';
import { StorageError } from './errors';

const sticky = 0o1000;

/**
 * Lets only this user write to the files of a database: repairs what is this user's, and throws a StorageError for what
 * is another's. Others may read it as members of its group only.
 */
export function claimFiles(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) claimFile(file + suffix);
}

function claimFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || process.geteuid === undefined) return;
  if (!mayChange(found.uid)) {
    throw new StorageError(
      `${file} belongs to another user (uid ${found.uid}), who could write to the database: run chown ${process.geteuid()} on ` +
        'it, or run the Keeper as that user.',
    );
  }
  if ((found.mode & 0o027) === 0) return;
  chmodSync(file, found.mode & 0o750);
  if ((statSync(file).mode & 0o022) === 0) return;
  throw new StorageError(
    `${file} can be written by other users, and its file system does not let that be changed: mount it with modes of its ` +
      'own (such as file_mode=0600), or keep the database elsewhere.',
  );
}

/** The same for its folder, and that of a link to it: who writes there puts another database in its place. */
export function claimFolders(file: string): void {
  for (const folder of new Set([dirname(file), dirname(realPlace(file))])) claimFolder(folder, basename(file));
}

function claimFolder(folder: string, name: string): void {
  const { uid, mode } = statSync(folder);
  if (process.geteuid === undefined || (mode & sticky) !== 0) return;
  const isOurs = mayChange(uid);
  // The group of a folder that was given to the Keeper is taken for its own, as in Kubernetes (fsGroup).
  if ((mode & (isOurs ? 0o022 : 0o002)) === 0) return;
  if (isOurs && holdsOnly(folder, name.replace(/\.db.*$/, ''))) {
    chmodSync(folder, mode & 0o7755);
    if ((statSync(folder).mode & 0o022) === 0) return;
  }
  const next = isOurs ? `run chmod go-w ${folder}` : `let its owner (uid ${uid}) run chmod o-w ${folder}`;
  throw new StorageError(
    `Other users can write to the folder ${folder} (mode ${(mode & 0o7777).toString(8)}) and so replace the database: ${next}, ` +
      'or name a folder for the database alone in DATABASE_URL, which the Keeper makes.',
  );
}

function mayChange(uid: number): boolean {
  return [0, uid].includes(process.geteuid?.() ?? 0);
}

function holdsOnly(folder: string, start: string): boolean {
  return readdirSync(folder).every((name) => name.startsWith(start));
}
