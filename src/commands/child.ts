import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { CommandError } from './output';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Child {
  /** The exit code as shells have it: 128 and the signal's number for one that a signal ended. Rejects when it cannot start. */
  readonly exited: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a command that has this process's streams. */
export function startChild([command = '', ...args]: readonly string[], env: Environment): Child {
  const child = spawn(command, args, { stdio: 'inherit', env });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(command, error.code ?? '')));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  return { exited, kill: (signal) => void child.kill(signal) };
}

function notStarted(command: string, code: string): CommandError {
  if (code === 'ENOENT') return new CommandError(`${command}: there is no such command.`, 127);
  return new CommandError(`${command}: it cannot be run (${code}).`, 126);
}

const passed = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const fromTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/**
 * Tells `receive` of this process's signals, and whether the child still has to be sent one, until the returned function is
 * called.
 */
export function passSignals(receive: (signal: NodeJS.Signals, mustPass: boolean) => void): () => void {
  const hasTerminal = [0, 1, 2].some((fd) => isatty(fd));
  // A terminal sends these to the child as well, and programs take a second one for impatience.
  const pass = (signal: NodeJS.Signals): void => receive(signal, !hasTerminal || !fromTerminal.includes(signal));
  for (const signal of passed) process.on(signal, pass);
  return () => {
    for (const signal of passed) process.off(signal, pass);
  };
}
