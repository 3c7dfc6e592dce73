import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort, type TestApp, testClient } from './app';
import { built } from './build';

export interface ChildServer {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment under which a process of its own works on the database and the simulated Zoho of `app`. */
export function environmentOf(app: TestApp): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    ZOHO_CLIENT_ID: testClient.id,
    ZOHO_CLIENT_SECRET: testClient.secret,
    ZOHO_ACCOUNTS_URLS: Object.entries(app.simulator.urls)
      .map(([code, address]) => `${code}=${address}`)
      .join(','),
    DATABASE_URL: app.config.databaseUrl,
    ...(app.config.encryptionKeys !== null && { ENCRYPTION_KEYS: app.config.encryptionKeys }),
  };
}

/** Starts `serve` as a process of its own on the database of `app`, with the real clock. */
export async function startServerProcess(app: TestApp): Promise<ChildServer> {
  const main = join(await built(), 'main.js');
  const port = String(await freePort());
  const child = spawn(process.execPath, [main, 'serve'], {
    // Away from the sources, where a developer may keep an .env file.
    cwd: app.folder,
    env: { ...environmentOf(app), PORT: port },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    if (line.includes('"listening"')) break;
  }
  if (child.exitCode !== null) throw new Error('the server did not start');
  child.stdout.resume();
  return {
    url: `http://localhost:${port}`,
    process: child,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Runs one command of the program to its end. */
export async function runCommand(
  app: TestApp,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return outcomeOf(await spawnCommand(app, args, 'pipe', env));
}

/** The same with a reader of stdout that has gone before anything was written. */
export async function runUnread(app: TestApp, args: readonly string[]): Promise<Ended> {
  const child = await spawnCommand(app, args, 'pipe');
  child.stdout?.destroy();
  return outcomeOf(child);
}

/** The same with stdout on a disk without space. */
export async function runOnFullDisk(app: TestApp, args: readonly string[]): Promise<Ended> {
  const full = openSync('/dev/full', 'w');
  try {
    return await outcomeOf(await spawnCommand(app, args, full));
  } finally {
    closeSync(full);
  }
}

async function spawnCommand(
  app: TestApp,
  args: readonly string[],
  stdout: 'pipe' | number,
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  return spawn(process.execPath, [join(await built(), 'main.js'), ...args], {
    cwd: app.folder,
    env: { ...environmentOf(app), ...env },
    stdio: ['ignore', stdout, 'pipe'],
    // Less than a test's time: one that does not end must not stay behind.
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
}

async function outcomeOf(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
