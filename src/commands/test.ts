import type { Command } from 'commander';
import { explainCheck } from '../calls/check-words';
import type { Config } from '../config/config';
import { accessTo } from './choose-access';
import { CommandError, print } from './output';

export function addTest(program: Command, configuration: () => Config): void {
  program
    .command('test')
    .description('call Zoho with a connection, and tell by the exit code whether it works')
    .argument('<name>', 'the connection')
    .option('--product <product>', 'the product to call, e.g. crm (default: the first that the scopes allow)')
    .action(async (name: string, { product }: { product?: string }) => {
      const result = await accessTo(configuration()).check(name, product ?? null);
      if (result === null) {
        await print(`${name}: has a valid token; its scopes name no product that can be tried.\n`);
        return;
      }
      const { tone, sentence, next } = explainCheck(result);
      const status = result.answer === null ? '' : ` (GET ${result.check.path}: ${result.answer.status})`;
      if (tone !== 'good') throw new CommandError(`${name}: ${sentence}${status} ${next}`);
      await print(`${name}: ${sentence}${status}\n`);
    });
}
