#!/usr/bin/env node
import { Command } from 'commander';
import pino from 'pino';
import { addAccounts } from './commands/accounts';
import { addBackup } from './commands/backup';
import { addConnect } from './commands/connect';
import { addConnections } from './commands/connections';
import { addDoctor } from './commands/doctor';
import { addExport } from './commands/export';
import { addHealth } from './commands/health';
import { addImport } from './commands/import';
import { addKeys } from './commands/keys';
import { CommandError, OutputError, print, watchOutput } from './commands/output';
import { addMoveStore } from './commands/move-store';
import { addRestore } from './commands/restore';
import { addRotateKey } from './commands/rotate-key';
import { addRun } from './commands/run';
import { addSimulator } from './commands/simulator';
import { addTest } from './commands/test';
import { addToken } from './commands/token';
import { ConfigError, type Config, readConfigFrom } from './config/config';
import { readSource } from './config/source';
import { StorageError } from './errors';
import { describeError, ListenError } from './lib/errors';
import { createLogOutput } from './lib/log-output';
import { Problem } from './lib/problem';
import { version } from './lib/version';
import { startServer } from './server';

// Whatever this process makes (database, key, backups) is for its own user only.
const usualUmask = process.umask(0o077);

const program = new Command('zoho-token-keeper');
program.description('Gets Zoho OAuth tokens and keeps them alive.');
program.version(version, '--version', 'say which version this is');
program.option(
  '--dir <folder>',
  'where .env lies and relative paths in settings begin (default: the checkout, or where programs keep their data)',
);
program.option('--env-file <file>', 'settings from this file instead of .env');
// Behind a command they would be that command's own.
program.enablePositionalOptions();
program.command('serve').description('run the dashboard and the API').action(serve);
program
  .command('demo')
  .description('try everything against a simulated Zoho, without any setup')
  .option('--with-connections', 'begin with a few connections, in every state and with a month of history')
  .action(demo);
addSimulator(program, process.env);
addToken(program, configuration);
addRun(program, configuration, { env: process.env, umask: usualUmask });
addTest(program, configuration);
addConnect(program, configuration);
addConnections(program, configuration);
addExport(program, configuration);
addImport(program, configuration);
addKeys(program, configuration);
addAccounts(program, configuration);
addBackup(program, configuration);
addRestore(program, configuration);
addRotateKey(program, configuration);
addMoveStore(program, configuration);
addDoctor(program, configuration);
addHealth(program, configuration);
for (const command of [program, ...program.commands]) refuseUnknown(command);

watchOutput();
// Without a listener Node opens its debugger, which hands this process to every user of the computer.
process.on('SIGUSR1', () => {});
for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, endUnexpectedly);

program.parseAsync().catch((error: unknown) => {
  // watchOutput has seen to it.
  if (error instanceof OutputError) return;
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof CommandError ? error.exitCode : 1;
});

async function serve(): Promise<void> {
  const config = configuration();
  const log = pino({ level: config.logLevel }, createLogOutput());
  const starting = startServer(config, log);
  // Also one that comes before it has started.
  stopOnSignal(async () => (await starting).close());
  await starting;
}

async function demo(options: { withConnections?: true }): Promise<void> {
  // Loaded when asked for: the simulator would slow every other start down.
  const { runDemo } = await import('./commands/demo.js');
  const log = pino({ level: 'error' }, createLogOutput());
  const running = await runDemo(process.env['PORT'], log, options.withConnections === true);
  stopOnSignal(() => running.close());
  try {
    await print(running.words);
  } catch (error) {
    await running.close();
    throw error;
  }
}

/** With --help, commander takes a word that is no command for none at all, which would look like success. */
function refuseUnknown(command: Command): void {
  if (command.commands.length === 0) return;
  command.on('beforeHelp', () => {
    const [word = ''] = command.args;
    if (!['', 'help'].includes(word) && !word.startsWith('-')) command.error(`error: unknown command '${word}'`);
  });
}

function configuration(): Config {
  return readConfigFrom(readSource(program.opts(), process.env));
}

/** The first signal stops cleanly; further ones do not cut that short. */
function stopOnSignal(close: () => Promise<void>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  // SIGHUP comes when the terminal is closed.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  if (process.env['npm_lifecycle_event'] !== undefined) whenOrphaned(stop);
}

/** npm gives a signal to the shell between it and this process, and the shell ends without passing it on. */
function whenOrphaned(stop: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, 500);
  watch.unref();
}

/** Nobody knows what still holds after such an error, so the process ends, and the next start recovers what it left. */
function endUnexpectedly(error: unknown): void {
  // The error itself may hold a secret; its kind and the places in the code do not.
  process.stderr.write(
    `${JSON.stringify({ level: 60, ...describeError(error), msg: 'ended by an unexpected error' })}\n`,
  );
  process.exit(1);
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.join('\n');
  const hasWords = [StorageError, ListenError, Problem, CommandError].some((kind) => error instanceof kind);
  if (error instanceof Error && hasWords) return error.message;
  return error instanceof Error ? `Unexpected ${error.name}: ${error.message}` : 'Unexpected failure';
}
