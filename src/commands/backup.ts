import type { Command } from 'commander';
import { makeBackup } from '../maintenance/backup';
import { makeCopy } from '../maintenance/backup-copy';
import type { Config } from '../config/config';
import { byCommandLine } from '../audit';
import { requireDatabase, withKeeper } from './with-keeper';
import { print } from './output';
import { showingProgress } from './progress';

export function addBackup(program: Command, configuration: () => Config): void {
  program
    .command('backup')
    .description('copy the database into a folder, while it is in use (SQLite)')
    .argument('<dir>', 'the folder, made if it does not exist')
    .action(async (folder: string) => {
      const backup = await withKeeper(requireDatabase(configuration()), (keeper) =>
        showingProgress((tell) => makeBackup(keeper, folder, byCommandLine, (from, to) => makeCopy(from, to, tell))),
      );
      await print(`${backup}\n`);
      process.stderr.write('The backup holds no key: keep a copy of the key, in another place.\n');
    });
}
