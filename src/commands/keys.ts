import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/config';
import { byCommandLine } from '../audit';
import { createApiKey, daysRule, listApiKeys, parseDays, revokeApiKey } from '../auth/api-keys';
import { isConnectionName, nameRule } from '../connections/names';
import { knownNames } from '../connections/connections';
import type { ApiKeyRow } from '../store/schema';
import { iso } from '../lib/time';
import type { Keeper } from '../keeper';
import { requireDatabase, withKeeper } from './with-keeper';
import { print } from './output';
import { table } from './table';

interface Options {
  readonly name: string;
  readonly connections?: Choice;
  readonly readOnly?: true;
  readonly expiresDays?: number;
}

/** Null means all. In an object, since commander turns a bare null into an empty text. */
interface Choice {
  readonly names: readonly string[] | null;
}

export function addKeys(program: Command, configuration: () => Config): void {
  const keys = program.command('keys').description('API keys for programs');
  keys
    .command('create')
    .description('create a key and print it, this once')
    .requiredOption('--name <name>', 'which program it is for')
    .option(
      '--connections <names>',
      'the connections that it can access, separated by commas, or * for all (the default)',
      choice,
    )
    .option('--read-only', 'without the right to force refreshes')
    .option('--expires-days <days>', 'how long it is valid', wholeDays)
    .action(async (options: Options) => {
      // Without a database one is created: keys may be handed out before the first start.
      await withKeeper(configuration(), (keeper) => create(keeper, options));
    });
  keys
    .command('list')
    .description('list the keys, without their secrets')
    .action(async () => {
      const rows = await withKeeper(requireDatabase(configuration()), (keeper) => listApiKeys(keeper.store));
      const lines = rows.map((key) => row(key, iso(new Date())));
      if (rows.length === 0) process.stderr.write('There are no API keys yet.\n');
      else await print(table(headings, lines));
    });
  keys
    .command('revoke')
    .description('end a key at once')
    .argument('<id>', 'its id as `keys list` shows it; never the key itself')
    .action(async (id: string) => {
      const key = await withKeeper(requireDatabase(configuration()), (keeper) =>
        revokeApiKey(keeper, id, byCommandLine),
      );
      process.stderr.write(`The key “${key.name}” is revoked.\n`);
    });
}

async function create(keeper: Keeper, options: Options): Promise<void> {
  const { name, readOnly, expiresDays: days = null } = options;
  const connections = options.connections?.names ?? null;
  const known = await knownNames(keeper.store, connections ?? []);
  for (const missing of connections?.filter((connection) => !known.has(connection)) ?? []) {
    process.stderr.write(`There is no connection called “${missing}” yet; the key can access it once there is.\n`);
  }
  const rights = readOnly ? 'read' : 'refresh';
  const { text, key } = await createApiKey(keeper, { name, connections, rights, days }, byCommandLine);
  try {
    await print(`${text}\n`);
  } catch (error) {
    // A key that nobody has seen does not stay valid.
    await revokeApiKey(keeper, key.id, byCommandLine);
    throw error;
  }
}

function choice(text: string): Choice {
  if (text === '*') return { names: null };
  const list = text.split(',').map((name) => name.trim());
  if (list.every(isConnectionName)) return { names: [...new Set(list)] };
  throw new InvalidArgumentError(`Separate the names by commas, or give * for all. ${nameRule}`);
}

function wholeDays(text: string): number {
  const days = parseDays(text);
  if (days === null) throw new InvalidArgumentError(daysRule);
  return days;
}

const headings = ['ID', 'NAME', 'STATE', 'RIGHT', 'CONNECTIONS', 'EXPIRES', 'LAST USED'];

function row(key: ApiKeyRow, now: string): string[] {
  const unrevoked = key.expires_at !== null && key.expires_at <= now ? 'expired' : 'active';
  return [
    key.id,
    key.name,
    key.revoked_at === null ? unrevoked : 'revoked',
    key.rights,
    key.connections.replaceAll(' ', ','),
    key.expires_at ?? 'never',
    key.last_used_at ?? 'never',
  ];
}
