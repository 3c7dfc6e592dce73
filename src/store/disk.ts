import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Writes a file of this user's own, so that at every moment, power loss included, the old or the new text is there. */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.new`;
  writeDraft(draft, text);
  renameSync(draft, file);
  syncToDisk(dirname(file));
}

/** The same for a file that must not exist yet: throws EEXIST and changes nothing when it does. */
export function createFile(file: string, content: string | Buffer, draft = `${file}.new`): void {
  try {
    writeDraft(draft, content);
    linkSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  syncToDisk(dirname(file));
}

function writeDraft(draft: string, content: string | Buffer): void {
  // One that a crash left may be the very file that it was linked to, which must not be written to.
  rmSync(draft, { force: true });
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Where a file is, or would be made, behind symbolic links. */
export function realPlace(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })) return realpathSync(file);
  if (!lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return file;
  return realPlace(resolve(realpathSync(dirname(file)), readlinkSync(file)));
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
