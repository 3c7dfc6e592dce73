import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { iso } from '../lib/time';
import { manifestOf } from './manifest';

/** Milliseconds. An older draft was left by a backup that was killed. */
const staleDraft = 3600 * 1000;

const backupName = /^keeper-(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d)-(\d{3}Z)\.db$/;

export function backupNameAt(time: Date): string {
  return `keeper-${iso(time).replace(/[:.]/g, '-')}.db`;
}

/** When the last backup in a folder was made; null when there is none, or no folder that can be read. */
export function lastBackupIn(folder: string, now: Date): Date | null {
  try {
    const last = backupsIn(folder, now).at(-1);
    return last === undefined ? null : timeOf(last);
  } catch {
    return null;
  }
}

/** The path of the newest one, null when there is none. */
export function newestBackup(folder: string, now: Date): string | null {
  const last = backupsIn(folder, now).at(-1);
  return last === undefined ? null : join(folder, last);
}

/** Deletes the oldest backups but so many. */
export function thinOut(folder: string, keep: number, now: Date): void {
  for (const name of backupsIn(folder, now).slice(0, -keep)) {
    rmSync(join(folder, name), { force: true });
    rmSync(manifestOf(join(folder, name)), { force: true });
  }
}

export function removeStaleDrafts(folder: string): void {
  for (const name of namesIn(folder).filter((entry) => /^keeper-.*\.db\.partial(-journal)?$/.test(entry))) {
    const draft = join(folder, name);
    const age = Date.now() - (statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    // One from the future was begun while the clock was wrong.
    if (Math.abs(age) > staleDraft) rmSync(draft);
  }
}

/** The oldest first. Names in the future, which a wrong clock gave, neither count nor are they deleted. */
function backupsIn(folder: string, now: Date): string[] {
  return namesIn(folder)
    .filter((name) => backupName.test(name) && timeOf(name) <= now)
    .toSorted();
}

function namesIn(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
}

function timeOf(name: string): Date {
  return new Date(name.replace(backupName, '$1$2:$3:$4.$5'));
}
