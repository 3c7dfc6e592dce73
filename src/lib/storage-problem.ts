import { Problem } from './problem';
import { type StorageFault, storageFault } from '../store/faults';

const words: Readonly<Record<StorageFault, readonly [sentence: string, next: string]>> = {
  full: ['The Keeper’s disk is full, so nothing new can be stored.', 'Free some space; the Keeper goes on by itself.'],
  read_only: [
    'The Keeper’s database cannot be written at the moment.',
    'Make it writable; the Keeper goes on by itself.',
  ],
  busy: ['The Keeper’s database is in use by another program.', 'Try again in a moment.'],
  unreachable: [
    'The Keeper’s database cannot be reached.',
    'Try again in a moment; if it lasts, look at the database server.',
  ],
  damaged: ['The Keeper’s database is damaged.', 'Stop the Keeper and restore the database from a backup.'],
  failing: [
    'The Keeper’s disk does not work as it should.',
    'Look at the disk; the Keeper goes on by itself if it recovers.',
  ],
};

const retryAfter = 5;

/** What a failed query means to whoever asked; null when the storage is not to blame. Nothing is half stored by it. */
export function storageProblem(error: unknown): Problem | null {
  const fault = storageFault(error);
  return fault && new Problem(503, 'storage_unavailable', ...words[fault], retryAfter);
}
