import type { StdioOptions } from 'node:child_process';
import { type Config, readConfig } from '../../src/config/config';
import type { Log } from '../../src/lib/log';
import type { Clock } from '../../src/lib/time';
import { type RunningServer, startServer } from '../../src/server';
import type { Simulator } from '../../src/simulator/simulator';
import type { DataCenterCode } from '../../src/zoho/data-centers';
import { type Ending, type Process, startProgram } from './process';
import { createSite, freePort, type Site } from './site';

export interface TestApp extends Site, TestClock {
  readonly config: Config;
  /** Log lines so far, as they would stand on stdout. */
  readonly logged: string[];
  readonly server: RunningServer;
  /** Stops the Keeper and starts it again on the same database; the simulator goes on. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The Keeper in this process, with a clock to move by hand. `env` overrides settings. */
export async function inProcess(
  env: Readonly<Record<string, string>> = {},
  dataCenters?: readonly DataCenterCode[],
): Promise<TestApp> {
  const site = await createSite(env, dataCenters);
  const config = readConfig(site.env);
  const clock = testClock(site.simulator);
  const logged: string[] = [];
  let server = await startServer(config, listLog(logged), clock.now);
  return {
    ...site,
    ...clock,
    config,
    logged,
    get server() {
      return server;
    },
    async restart() {
      await server.close();
      server = await startServer(config, listLog(logged), clock.now);
    },
    async stop() {
      await server.close();
      await site.remove();
    },
  };
}

export interface ProcessSite extends Site {
  serve(env?: Readonly<Record<string, string>>): Promise<ServerProcess>;
  stop(): Promise<void>;
}

/** A site for the compiled Keeper to run at as a process of its own, be killed and started again. */
export async function asProcess(env: Readonly<Record<string, string>> = {}): Promise<ProcessSite> {
  const site = await createSite(env);
  // Far more happens here than Zoho allows in ten minutes.
  Object.assign(site.simulator.control.settings, { codesPerWindow: 10_000, livingRefreshTokens: 10_000 });
  const started: Process[] = [];
  return {
    ...site,
    async serve(more = {}) {
      const running = await serve(site, more);
      started.push(running);
      return running;
    },
    async stop() {
      await Promise.all(started.map((running) => running.end('SIGKILL')));
      await site.remove();
    },
  };
}

export interface ServerProcess extends Process {
  readonly url: string;
}

/** Starts the compiled Keeper with the settings of the site and `env`, and resolves when it listens. */
export async function serve(
  site: Pick<Site, 'folder' | 'env'>,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const settings = { ...site.env, ...env };
  const running = await startProgram(['serve'], { cwd: site.folder, env: settings });
  while (!(await running.line()).includes('"listening"'));
  return { ...running, url: `http://localhost:${settings['PORT']}` };
}

/** Starts another one on the same database, at a port of its own. */
export async function serveBeside(site: Site): Promise<ServerProcess> {
  return serve(site, { PORT: String(await freePort()) });
}

/** Starts one command of the compiled program at the site. */
export function startCommand(
  { folder, env }: Site,
  args: readonly string[],
  stdio: StdioOptions = ['ignore', 'pipe', 'pipe'],
): Promise<Process> {
  // Less than a test's time: one that does not end must not stay behind.
  return startProgram(args, { cwd: folder, env, stdio, timeout: 25_000, killSignal: 'SIGKILL' });
}

/** Runs one command of the compiled program to its end. `env` overrides settings of the site. */
export async function runCommand(
  site: Site,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  return (await startCommand({ ...site, env: { ...site.env, ...env } }, args)).ended;
}

export interface TestClock {
  readonly now: Clock;
  /** Moves the Keeper's clock and the simulator's. */
  advance(seconds: number): void;
  /** Sets the Keeper's clock wrong (or right again) by so many seconds; the simulator's goes on as it was. */
  shiftClock(seconds: number): void;
}

export function testClock(simulator: Simulator): TestClock {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead * 1000),
    advance(seconds) {
      ahead += seconds;
      simulator.control.advance(seconds);
    },
    shiftClock(seconds) {
      ahead += seconds;
    },
  };
}

export function listLog(lines: string[]): Log {
  return new ListLog(lines);
}

/** As pino's are, its methods are worth nothing without it. */
class ListLog implements Log {
  readonly #lines: string[];

  constructor(lines: string[]) {
    this.#lines = lines;
  }

  debug(): void {}

  info(fields: object, message: string): void {
    this.#add('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#add('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#add('error', fields, message);
  }

  #add(level: string, fields: object, message: string): void {
    this.#lines.push(JSON.stringify({ level, ...fields, message }));
  }
}
