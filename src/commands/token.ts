import { type Command, InvalidArgumentError } from 'commander';
import { byCommandLine } from '../audit';
import type { Config } from '../config/config';
import { longestMinTtl, minTtlRule } from '../tokens/serve';
import { requireDatabase, withKeeper } from './with-keeper';
import { print } from './output';

export function addToken(program: Command, configuration: () => Config): void {
  program
    .command('token')
    .description('print a valid access token of a connection')
    .argument('<name>', 'the connection')
    .option('--min-ttl <seconds>', 'how long the token must still be valid', wholeSeconds)
    .action(async (name: string, { minTtl }: { minTtl?: number }) => {
      const token = await withKeeper(requireDatabase(configuration()), async (keeper) => {
        const { accessToken } = await keeper.serve.tokenForProgram(name, minTtl ?? null, byCommandLine);
        return accessToken;
      });
      await print(`${token}\n`);
    });
}

function wholeSeconds(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= longestMinTtl) return Number(text);
  throw new InvalidArgumentError(minTtlRule);
}
