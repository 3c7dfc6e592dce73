import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { Problem } from '../lib/problem';

/**
 * Writes a file that only this user may read. Whoever opens it finds the old text or the new one, whole. Throws a Problem
 * that names the file.
 */
export async function writePrivately(file: string, text: string): Promise<void> {
  try {
    const place = await placeOf(file);
    // Of its own for each process, as several may keep the same file.
    const draft = `${place}.${process.pid}.new`;
    try {
      await writeDraft(draft, text);
      await rename(draft, place);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected';
    const sentence = `${file} could not be written (${code}).`;
    throw new Problem(500, 'not_written', sentence, 'Look at the folder, its rights and its space.');
  }
}

export async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Where the file is behind links, which stay. */
async function placeOf(file: string): Promise<string> {
  if (!(await isThere(file))) return file;
  const place = await realpath(file);
  // A device or a pipe would be gone afterwards.
  if (!(await stat(place)).isFile()) throw Object.assign(new Error('not a file'), { code: 'not a file' });
  return place;
}

async function writeDraft(draft: string, text: string): Promise<void> {
  await rm(draft, { force: true });
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
