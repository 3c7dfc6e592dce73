import { join } from 'node:path';
import { built } from './build';
import { type Process, startProcess } from './process';

export interface SimulatorProcess extends Process {
  /** What it printed when it was ready: addresses by data centre. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Starts the compiled `zoho-simulator` in this folder. */
export async function simulatorProcess(folder: string, ...args: string[]): Promise<Process> {
  const program = join(await built(), 'simulator/cli.js');
  return startProcess(process.execPath, [program, ...args], { cwd: folder, timeout: 25_000, killSignal: 'SIGKILL' });
}

/** Starts it on free ports and resolves when it listens. */
export async function runningSimulator(folder: string, ...args: string[]): Promise<SimulatorProcess> {
  const running = await simulatorProcess(folder, '--port', '0', ...args);
  while (!(await running.line()).startsWith('Register clients'));
  const lines = [...running.written().matchAll(/^ {2}(\w\w) {2}(https?:\S+).*?(?: at (\S+))?$/gm)];
  const addresses = Object.fromEntries(lines.map(([, code = '', url = '', at]) => [code, at ?? url]));
  return { ...running, addresses };
}
