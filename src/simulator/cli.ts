#!/usr/bin/env node
import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addSimulatorOptions, simulate } from './command';
import { SimulatorError } from './errors';
import { addScore } from './score/command';

// What the simulator keeps is for its own user only.
process.umask(0o077);
// Nobody reads where it listens: 128 and the number of SIGPIPE, as shells report it.
process.stdout.on('error', () => (process.exitCode = 141));

// npm gives a signal to the shell between it and this process, and the shell ends without passing it on.
if (process.env['npm_lifecycle_event'] !== undefined) endWithParent();

const program = new Command('zoho-simulator');
program.description(
  'A Zoho Accounts of your own, to test integrations against: consent, tokens, limits, errors, faults.',
);
program.version(versionOf(readFileSync(join(__dirname, '../../package.json'), 'utf8')), '--version');
addSimulatorOptions(program).action(simulate);
addScore(program, process.env);

program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof SimulatorError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});

function endWithParent(): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

function versionOf(json: string): string {
  const written: unknown = JSON.parse(json);
  return typeof written === 'object' && written !== null && 'version' in written ? String(written.version) : 'unknown';
}
