import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SimulatorError } from './errors';
import { restoreSnapshot, takeSnapshot } from './snapshot';
import type { World } from './state/world';

export interface StateFile {
  /** Writes what has changed since the last time. Throws SimulatorError when it cannot. */
  save(): void;
}

/** Brings back what the file holds, if there is one, and keeps it up to date from then on. Throws SimulatorError. */
export function openStateFile(world: World, file: string): StateFile {
  let written = read(file);
  try {
    if (written !== undefined) restoreSnapshot(world, JSON.parse(written));
  } catch (error) {
    const why = messageOf(error);
    throw new SimulatorError(`${file} is not the state of this simulator (${why}): name another file, or remove it.`);
  }
  return {
    save() {
      const now = `${JSON.stringify(takeSnapshot(world))}\n`;
      if (now === written) return;
      // In one step: whoever stops the simulator meanwhile finds the old state or the new one.
      try {
        writeFileSync(`${file}.new`, now, { mode: 0o600 });
        renameSync(`${file}.new`, file);
      } catch (error) {
        throw new SimulatorError(`${file} cannot be written: ${messageOf(error)}`);
      }
      written = now;
    },
  };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new SimulatorError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
