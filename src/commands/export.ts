import { resolve } from 'node:path';
import type { Command } from 'commander';
import { byCommandLine } from '../audit';
import type { Config } from '../config/config';
import { exportConnection, type Exported, requireFormat } from '../exports/exports';
import { formats } from '../exports/formats';
import { writePrivately } from '../exports/write-file';
import { print } from './output';
import { requireDatabase, withKeeper } from './with-keeper';

interface Options {
  readonly format: string;
  readonly output?: string;
}

/** Adds `export`, which prints a connection as a file for another program, or writes that file. */
export function addExport(program: Command, configuration: () => Config): void {
  program
    .command('export')
    .description('print a connection as a file for another program')
    .argument('<name>', 'the connection')
    .requiredOption('--format <format>', `one of ${formats.map((format) => format.name).join(', ')}`)
    .option('--output <file>', 'write this file instead, for its owner only')
    .action(async (name: string, { format, output }: Options) => {
      requireFormat(format);
      const exported = await withKeeper(requireDatabase(configuration()), (keeper) =>
        exportConnection(keeper, keeper.tokens, { name, format }, byCommandLine),
      );
      await deliver(exported, output);
    });
}

/** Gives an export out: to stdout, or into a file. What it holds is said on stderr. */
export async function deliver({ format, text }: Exported, output: string | undefined): Promise<void> {
  if (output === undefined) await print(text);
  else await writePrivately(resolve(output), text);
  if (format.holds === null) return;
  const secrets = new Intl.ListFormat('en-GB').format(format.holds.map((secret) => `the ${secret}`));
  process.stderr.write(`It holds ${secrets}: keep it as you keep a password.\n`);
}
