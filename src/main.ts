#!/usr/bin/env node
import { Command } from 'commander';
import dotenv from 'dotenv';
import pino from 'pino';
import { addBackup } from './commands/backup';
import { addRestore } from './commands/restore';
import { addRotateKey } from './commands/rotate-key';
import { addSimulator } from './commands/simulator';
import { ConfigError, type Config, readConfig } from './config';
import { Problem } from './problem';
import { ListenError, startServer } from './server';
import { StoreError } from './store/errors';

// Whatever this process makes (database, key, backups) is for its own user only.
process.umask(0o077);

const program = new Command('zoho-token-keeper');
program.description('Gets Zoho OAuth tokens and keeps them alive.');
program.command('serve').description('run the dashboard and the API').action(serve);
program.command('demo').description('try everything against a simulated Zoho, without any set-up').action(demo);
addSimulator(program);
addBackup(program, configuration);
addRestore(program, configuration);
addRotateKey(program, configuration);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});

async function serve(): Promise<void> {
  const config = configuration();
  const server = await startServer(config, pino({ level: config.logLevel }));
  stopOnSignal(() => server.close());
}

async function demo(): Promise<void> {
  // Loaded when asked for: the simulator would slow every other start down.
  const { runDemo } = await import('./demo.js');
  const running = await runDemo(process.env['PORT'], pino({ level: 'error' }));
  process.stdout.write(running.words);
  stopOnSignal(() => running.close());
}

function configuration(): Config {
  dotenv.config({ quiet: true });
  return readConfig(process.env);
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
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.join('\n');
  if (error instanceof StoreError || error instanceof ListenError || error instanceof Problem) return error.message;
  return error instanceof Error ? `Unexpected ${error.name}: ${error.message}` : 'Unexpected failure';
}
