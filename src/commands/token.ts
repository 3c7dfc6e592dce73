import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/config';
import { longestMinTtl, minTtlRule, serveToken } from '../tokens/serve';
import { commandLine, findEvents, recordEvent } from '../store/events';
import { iso, later } from '../lib/time';
import type { Keeper } from '../keeper';
import { requireDatabase, withKeeper } from './with-keeper';
import { print } from './output';

/** How often the audit log notes that tokens of a connection are taken here, in seconds. */
const notedEvery = 3600;

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
        await noteTaking(keeper, name);
        return accessToken;
      });
      await print(`${token}\n`);
    });
}

/** In the audit log once an hour, as for programs: scripts call this often. */
async function noteTaking({ store, now }: Keeper, name: string): Promise<void> {
  const event = { action: 'token_taken', subject: name };
  const since = iso(later(now(), -notedEvery));
  const [noted] = await findEvents(store, { ...event, actor: commandLine.name, since }, null, 1);
  if (!noted) await recordEvent(store, commandLine, event, iso(now()));
}

function wholeSeconds(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= longestMinTtl) return Number(text);
  throw new InvalidArgumentError(minTtlRule);
}
