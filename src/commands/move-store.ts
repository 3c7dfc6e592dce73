import type { Command } from 'commander';
import type { Config } from '../config/config';
import { databaseUrl } from '../config/database-url';
import { Misfit } from '../config/parsers';
import { type Moved, moveStore } from '../maintenance/move';
import { CommandError } from './output';
import { showingProgress } from './progress';
import { requireDatabase } from './with-keeper';

export function addMoveStore(program: Command, configuration: () => Config): void {
  program
    .command('move-store')
    .description('copy everything from SQLite into an empty PostgreSQL database (stop the Keeper first)')
    .requiredOption(
      '--to <url>',
      'postgres://user@host:5432/database; a password may come from PGPASSWORD or ~/.pgpass',
    )
    .action(async ({ to }: { to: string }) => {
      const [origin, target] = [requireDatabase(configuration()), postgresUrl(to)];
      const moved = await showingProgress((tell) => moveStore(origin, target, () => new Date(), tell));
      process.stderr.write(`${words(moved).join('\n')}\n`);
    });
}

/** Unlike commander, never repeats an address, which may hold a password. */
function postgresUrl(text: string): string {
  try {
    if (databaseUrl(text)?.startsWith('postgres')) return text;
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new CommandError(`--to ${error.message}: ${error.hint ?? 'correct it'}.`);
  }
  throw new CommandError('--to must begin with postgres://.');
}

function words({ connections, rows, secrets, file, keyFile }: Moved): string[] {
  const damaged = Object.values(secrets.damaged).reduce((sum, count) => sum + count, 0);
  const keys =
    keyFile === null
      ? '  ENCRYPTION_KEYS stays as it is.'
      : `  ENCRYPTION_KEYS=… with what stands in ${keyFile}; of several lines, all in their order with commas between them.`;
  return [
    `Moved ${connections} connections, in all ${rows} rows, and compared them. ${secrets.total} secrets open there as they ` +
      `did here, ${damaged} are damaged.`,
    'Now write into .env, the same for every instance, and start the Keeper:',
    '  DATABASE_URL=… with the address that you gave after --to.',
    keys,
    `Nothing was changed in ${file}. Do not start a Keeper on it again: what one of the two revokes, the other would miss.`,
    'Backups are made with pg_dump from now on, and old activity stays until EVENTS_DIR names a folder.',
  ];
}
