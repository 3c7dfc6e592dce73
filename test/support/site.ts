import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../src/simulator/simulator';
import { freePort, testClient } from './app';
import { built } from './build';
import { freshFolder } from './postgres';

export interface Program {
  readonly process: ChildProcess;
  readonly pid: number;
  /** How it ended, and all that it wrote. */
  readonly ended: Promise<Ending>;
  /** Ends it with this signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<Ending>;
  /** What it has written so far. */
  written(): string;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Site {
  /** Where the program listens, each time it is started. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly simulator: Simulator;
  /** Starts `serve` on the same database and port, and resolves when it answers. */
  serve(env?: Record<string, string>): Promise<Program>;
  close(): Promise<void>;
}

/** A place for the compiled program to run at, be killed and started again: a folder, a port and a simulated Zoho. */
export async function createSite(env: Record<string, string> = {}): Promise<Site> {
  const folder = freshFolder();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const client = { ...testClient, redirectUris: [`${url}/oauth/callback`], dataCenter: 'us', name: 'Test' } as const;
  const simulator = await startSimulator({ dataCenters: ['us', 'eu'], clients: [client] });
  // Far more happens here than Zoho allows in ten minutes.
  Object.assign(simulator.control.settings, { codesPerWindow: 10_000, livingRefreshTokens: 10_000 });
  const environment = {
    PORT: String(port),
    ZOHO_CLIENT_ID: testClient.id,
    ZOHO_CLIENT_SECRET: testClient.secret,
    ZOHO_ACCOUNTS_URLS: Object.entries(simulator.urls)
      .map(([code, address]) => `${code}=${address}`)
      .join(','),
    ...env,
  };
  const running = new Set<Program>();
  return {
    url,
    port,
    folder,
    simulator,
    async serve(more = {}) {
      const program = await startProgram(['serve'], folder, { ...environment, ...more });
      running.add(program);
      void program.ended.then(() => running.delete(program));
      await answering(program);
      return program;
    },
    async close() {
      await Promise.all([...running].map((program) => program.end('SIGKILL')));
      await simulator.close();
    },
  };
}

/** Starts the compiled program in `folder`, with nothing of this process's environment but the path. */
export async function startProgram(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const main = join(await built(), 'main.js');
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode, stdout, stderr }));
  return {
    process: child,
    pid: child.pid ?? -1,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
    written: () => stdout + stderr,
  };
}

/** Resolves when the program says that it listens; rejects when it ends instead. */
async function answering(program: Program): Promise<void> {
  const listening = new Promise<true>((resolve) => {
    program.process.stdout?.on('data', () => program.written().includes('"listening"') && resolve(true));
  });
  const ended = program.ended.then(({ stderr }) => stderr);
  const first = await Promise.race([listening, ended]);
  if (first !== true) throw new Error(`the program did not start: ${first}`);
}
