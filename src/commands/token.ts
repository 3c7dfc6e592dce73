import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config';
import { longestMinTtl, minTtlRule, serveToken } from '../serve-token';
import { commandLine, recordEvent } from '../store/events';
import { iso } from '../time';
import { requireDatabase, withKeeper } from './keeper';

/** Adds `token`, which prints a valid access token and nothing else. */
export function addToken(program: Command, configuration: () => Config): void {
  program
    .command('token')
    .description('print a valid access token of a connection')
    .argument('<name>', 'the connection')
    .option('--min-ttl <seconds>', 'how long the token must still live', wholeSeconds)
    .action(async (name: string, { minTtl }: { minTtl?: number }) => {
      const token = await withKeeper(requireDatabase(configuration()), async (keeper) => {
        const { accessToken } = await serveToken(keeper, name, minTtl ?? null);
        await recordEvent(keeper.store, commandLine, { action: 'token_taken', subject: name }, iso(keeper.now()));
        return accessToken;
      });
      process.stdout.write(`${token}\n`);
    });
}

function wholeSeconds(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= longestMinTtl) return Number(text);
  throw new InvalidArgumentError(minTtlRule);
}
