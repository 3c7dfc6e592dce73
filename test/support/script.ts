import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { built } from './build';

export interface Script {
  /** The next line that the script prints; rejects when it ends without one. */
  line(): Promise<string>;
  /** Ends its standard input, which a script may wait for. */
  release(): void;
  /** Its exit code, or the signal that ended it, with what it wrote to stderr. */
  ended: Promise<{ code: number | null; signal: string | null; errors: string }>;
  readonly process: ChildProcess;
}

/**
 * Runs JavaScript in a Node process of its own, with the compiled program's modules at hand: `load('store/open')`.
 * Arguments arrive as `args`.
 */
export async function runScript(source: string, ...args: string[]): Promise<Script> {
  return runScriptWith({}, source, ...args);
}

/** The same with variables added to the environment, some of which Node reads only at its start. */
export async function runScriptWith(
  env: Readonly<Record<string, string>>,
  source: string,
  ...args: string[]
): Promise<Script> {
  const folder = await built();
  const prelude = `const load = (name) => require(${JSON.stringify(folder)} + '/' + name); const args = process.argv.slice(1);`;
  const body = `(async () => { ${source} })().catch((error) => { console.error(error.message); process.exit(1); });`;
  const child = spawn(process.execPath, ['-e', prelude + body, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode, errors }));
  return {
    process: child,
    ended,
    release: () => child.stdin.end(),
    async line() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the script ended without another line: ${(await ended).errors}`);
      return value;
    },
  };
}
