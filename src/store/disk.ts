import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file of this user's own, so that at every moment, power loss included, the old or the new text is there. */
export function replaceFile(file: string, text: string): void {
  renameSync(draftOf(file, text), file);
  syncToDisk(dirname(file));
}

/** The same for a file that must not exist yet: throws EEXIST and changes nothing when it does. */
export function createFile(file: string, text: string): void {
  const draft = draftOf(file, text);
  try {
    linkSync(draft, file);
  } finally {
    rmSync(draft);
  }
  syncToDisk(dirname(file));
}

function draftOf(file: string, text: string): string {
  const draft = `${file}.new`;
  const handle = openSync(draft, 'w', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return draft;
}

/** Waits until a file, or the list of files in a folder, is on disk: a new file is safe only when its folder is too. */
export function syncToDisk(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
