import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { ask } from './ask';
import { Lost } from './lost';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Running {
  stop(): Promise<void>;
}

/** In milliseconds. */
const startLimit = 30_000;
const stopLimit = 5000;

const groups = new Set<number>();
process.once('exit', () => groups.forEach((group) => signalGroup(group, 'SIGKILL')));

/** Starts the client in this folder and waits until something answers at `origin`. Throws Lost when nothing does. */
export async function startClient(
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: Environment,
  origin: string,
): Promise<Running> {
  // A group of its own: what the command starts is to be ended as well.
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const ended = once(child, 'exit').then(
    () => 'it has ended',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const { pid } = child;
  if (pid === undefined) throw new Lost(`It did not start: ${await ended}.`);
  groups.add(pid);
  const stop = async () => {
    signalGroup(pid, 'SIGTERM');
    const over = new AbortController();
    await Promise.race([ended, wait(stopLimit, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
    signalGroup(pid, 'SIGKILL');
    await ended;
    groups.delete(pid);
  };
  const giveUp = Date.now() + startLimit;
  while (!(await answers(origin))) {
    const failure = await Promise.race([ended, wait(50)]);
    if (failure === undefined && Date.now() < giveUp) continue;
    await stop();
    throw new Lost(`It did not begin to answer at ${origin}: ${failure ?? 'it took too long'}.`);
  }
  return { stop };
}

async function answers(origin: string): Promise<boolean> {
  return ask(origin).then(
    () => true,
    () => false,
  );
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // All of it has ended.
  }
}
