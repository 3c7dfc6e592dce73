import { existsSync, readFileSync } from 'node:fs';

/** How many transactions SQLite has written since its log was begun; each waits for the disk once. */
export function commitsIn(file: string): number {
  const log = `${file}-wal`;
  const bytes = existsSync(log) ? readFileSync(log) : Buffer.alloc(0);
  if (bytes.length < 32) return 0;
  const frame = 24 + bytes.readUInt32BE(8);
  const salt = bytes.subarray(16, 24);
  let commits = 0;
  // What a frame of an earlier log holds has another salt; the last frame of a transaction says how large the database is.
  for (let at = 32; at + frame <= bytes.length && bytes.subarray(at + 8, at + 16).equals(salt); at += frame)
    if (bytes.readUInt32BE(at + 4) !== 0) commits += 1;
  return commits;
}
