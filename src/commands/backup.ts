import type { Command } from 'commander';
import { makeBackup } from '../maintenance/backup';
import type { Config } from '../config/config';
import { byCommandLine } from '../audit';
import { requireDatabase, withKeeper } from './with-keeper';
import { print } from './output';

export function addBackup(program: Command, configuration: () => Config): void {
  program
    .command('backup')
    .description('copy the database into a folder, while it is in use (SQLite)')
    .argument('<dir>', 'the folder, made if it does not exist')
    .action(async (folder: string) => {
      const backup = await withKeeper(requireDatabase(configuration()), (keeper) =>
        makeBackup(keeper, folder, byCommandLine),
      );
      await print(`${backup}\n`);
      process.stderr.write('The backup holds no key: keep a copy of the key, in another place.\n');
    });
}
