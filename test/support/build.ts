import { execFile } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const lock = join(tmpdir(), `keeper-build-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`);
/** Far longer than a build takes: a lock that is older was left by a process that was killed. */
const staleMilliseconds = 60_000;

/**
 * Brings dist/ up to date and returns its folder. Test files run in several processes, so one of them builds and the
 * others wait; a second build of the same sources takes no time.
 */
export function built(): Promise<string> {
  return (building ??= build());
}

let building: Promise<string> | undefined;

async function build(): Promise<string> {
  while (!acquired()) await wait(100);
  try {
    // Type errors are for the type check to report; the compiler emits all the same.
    await promisify(execFile)(process.execPath, [compiler, '--build', 'tsconfig.build.json'], { cwd: root }).catch(
      (error: unknown) => {
        if (!existsSync(join(root, 'dist/main.js'))) throw error;
      },
    );
  } finally {
    rmSync(lock, { force: true });
  }
  return join(root, 'dist');
}

function acquired(): boolean {
  try {
    closeSync(openSync(lock, 'wx'));
    return true;
  } catch {
    if (ageOf(lock) > staleMilliseconds) rmSync(lock, { force: true });
    return false;
  }
}

function ageOf(file: string): number {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}
