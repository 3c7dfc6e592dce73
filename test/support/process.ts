import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { built } from './build';

export interface Process {
  readonly process: ChildProcess;
  readonly pid: number;
  /** How it ended, and all that it wrote. */
  readonly ended: Promise<Ending>;
  /** Sends this signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<Ending>;
  /** What it has written so far. */
  written(): string;
  /** The next line on stdout. Rejects when it ends without one. */
  line(): Promise<string>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a process that has nothing of this one's environment but the path. */
export function startProcess(command: string, args: readonly string[], options: SpawnOptions = {}): Process {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env: { PATH: process.env['PATH'], ...options.env },
  });
  let stdout = '';
  let stderr = '';
  let read = 0;
  let isOver = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(() => {
    isOver = true;
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
  });
  return {
    process: child,
    pid: child.pid ?? -1,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
    written: () => stdout + stderr,
    async line() {
      for (;;) {
        const end = stdout.indexOf('\n', read);
        if (end >= 0) return stdout.slice(read, (read = end + 1)).trimEnd();
        if (isOver) throw new Error(`it ended without another line: ${stderr}`);
        await Promise.race([ended, child.stdout && once(child.stdout, 'data')]);
      }
    },
  };
}

/** Starts the compiled program. */
export async function startProgram(args: readonly string[], options: SpawnOptions = {}): Promise<Process> {
  // By --dir, an .env file that a developer keeps beside the sources does not count.
  const dir = options.cwd === undefined ? [] : ['--dir', String(options.cwd)];
  return startProcess(process.execPath, [join(await built(), 'main.js'), ...dir, ...args], options);
}

/** The same command with so many open files at the most. */
export function withOpenFiles(limit: number, command: readonly string[]): string[] {
  return ['sh', '-c', `ulimit -n ${limit} && exec "$0" "$@"`, ...command];
}

/**
 * Runs JavaScript in a Node process of its own, with the compiled program's modules at hand: `load('store/open')`.
 * Arguments arrive as `args`; it may have so many open files. Its standard input stays open until it is ended.
 */
export async function startScript(
  source: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  openFiles?: number,
): Promise<Process> {
  const folder = await built();
  const prelude = `const load = (name) => require(${JSON.stringify(folder)} + '/' + name); const args = process.argv.slice(1);`;
  const body = `(async () => { ${source} })().catch((error) => { console.error(error.message); process.exit(1); });`;
  const command = [process.execPath, '-e', prelude + body, ...args];
  const [program = '', ...rest] = openFiles === undefined ? command : withOpenFiles(openFiles, command);
  return startProcess(program, rest, { env, stdio: ['pipe', 'pipe', 'pipe'] });
}
