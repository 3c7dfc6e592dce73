import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { replaceFile } from '../store/disk';
import type { Contents } from '../store/backup';
import { StorageError } from '../store/errors';

/** Tells without opening a backup whether it is whole and which keys it needs. */
export interface Manifest extends Contents {
  readonly madeAt: string;
  readonly sha256: string;
}

export function writeManifest(backup: string, manifest: Manifest): void {
  replaceFile(manifestOf(backup), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Throws a StorageError when there is none, or when it is not one of ours. */
export function readManifest(backup: string): Manifest {
  const file = manifestOf(backup);
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isManifest(manifest)) return manifest;
  } catch {
    throw new StorageError(
      `The manifest ${file} is missing or cannot be read: it belongs to the backup, copy it as well.`,
    );
  }
  throw new StorageError(`The manifest ${file} is not one of the Keeper: use another backup.`);
}

export function manifestOf(backup: string): string {
  return `${backup.replace(/\.db$/, '')}.json`;
}

/** SHA-256 of a file, hex. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { madeAt, sha256, schema, keys }: Partial<Record<string, unknown>> = { ...value };
  return [madeAt, sha256, schema].every((text) => typeof text === 'string') && Array.isArray(keys);
}
