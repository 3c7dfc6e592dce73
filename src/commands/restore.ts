import type { Command } from 'commander';
import type { Config } from '../config/config';
import { restoreBackup, type Restored } from '../maintenance/restore';

export function addRestore(program: Command, configuration: () => Config): void {
  program
    .command('restore')
    .description('put a backup in the place of the database, after checking it (SQLite; stop the Keeper first)')
    .argument('<file>', 'a backup; its manifest must lie beside it')
    .option('--replace', 'move a database that is not empty aside', false)
    .action(async (file: string, { replace }: { replace: boolean }) => {
      const restored = await restoreBackup(configuration(), file, replace, () => new Date());
      process.stderr.write(`${words(restored).join('\n')}\n`);
    });
}

function words({ madeAt, connections, secrets, interrupted, keys, aside }: Restored): string[] {
  const damaged = Object.values(secrets.damaged).reduce((sum, count) => sum + count, 0);
  return [
    `Restored the backup of ${madeAt}: ${connections} connections; ${secrets.total} secrets, ${damaged} of them damaged.`,
    ...(aside === null ? [] : [`The database that was there is kept as ${aside}.`]),
    ...(interrupted === 0 ? [] : [`${interrupted} attempts to connect were interrupted; the dashboard names them.`]),
    ...(keys.revoked === 0 ? [] : [`API keys that were revoked since the backup and stay revoked: ${keys.revoked}.`]),
    ...(keys.unknown === 0 ? [] : [unknownKeys(keys.unknown)]),
    'Everybody has to sign in again.',
    'Refresh tokens may have been revoked or replaced since the backup: Zoho refuses those at the next refresh, and ' +
      'their connections then ask to be reconnected.',
  ];
}

function unknownKeys(count: number): string {
  return (
    `API keys that work again: ${count}. Whether they were revoked since the backup cannot be told: look at them with ` +
    '`zoho-token-keeper keys list` and end those that should not work with `keys revoke`.'
  );
}
