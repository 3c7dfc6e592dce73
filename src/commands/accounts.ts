import type { Command } from 'commander';
import type { Config } from '../config/config';
import { byCommandLine } from '../audit';
import { forgetProviderAccount } from '../auth/sign-in';
import { print } from './output';
import { requireDatabase, withKeeper } from './with-keeper';

export function addAccounts(program: Command, configuration: () => Config): void {
  const accounts = program.command('accounts').description('who signs in through the OpenID Connect provider');
  accounts
    .command('forget <email>')
    .description('let another account of the provider sign in with this e-mail address')
    .action(async (email: string) => {
      const config = requireDatabase(configuration());
      await withKeeper(config, (keeper) => forgetProviderAccount(keeper, email, byCommandLine));
      await print(`The next sign-in as ${email} decides which account it is.\n`);
    });
}
