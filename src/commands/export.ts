import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config';
import { requireFormat } from '../exports/exports';
import { type Format, formats } from '../exports/formats';
import { secretsInWords } from '../exports/words';
import { writePrivately } from '../exports/write-file';
import type { ExportedText } from './access';
import { accessTo } from './choose-access';
import { CommandError, print } from './output';
import { watchExport } from './watch';

interface Options {
  readonly format: string;
  readonly output?: string;
  readonly watch?: true;
}

interface Wanted {
  readonly name: string;
  readonly format: Format;
  readonly file: string | undefined;
}

/** Adds `export`, which prints a connection as a file for another program, or writes that file. */
export function addExport(program: Command, configuration: () => Config): void {
  program
    .command('export')
    .description('print a connection as a file for another program')
    .argument('<name>', 'the connection')
    .requiredOption('--format <format>', `one of ${formats.map((format) => format.name).join(', ')}`)
    .option('--output <file>', 'write this file instead, for its owner only')
    .option('--watch', 'go on, and write the file anew whenever the token changes')
    .action(async (name: string, { format: formatName, output, watch }: Options) => {
      const format = requireFormat(formatName);
      if (watch) return keepFresh(configuration(), { name, format, file: output });
      const exported = await accessTo(configuration()).export(name, format, false);
      if (output === undefined) await print(exported.text);
      else await writePrivately(resolve(output), exported.text);
      warnOfSecrets(exported);
    });
}

async function keepFresh(config: Config, { file, ...watched }: Wanted): Promise<void> {
  if (file === undefined) throw new CommandError('--watch keeps a file fresh: name it with --output FILE.');
  if (watched.format.isCode) {
    throw new CommandError(`${watched.format.name} is a program, which stays as it is: leave out --watch.`);
  }
  await watchExport(config, { ...watched, file: resolve(file) }, (exported) => {
    process.stderr.write(`${resolve(file)} is written, and kept fresh until this command is stopped.\n`);
    warnOfSecrets(exported);
  });
}

/** What a file holds is said on stderr. */
function warnOfSecrets({ holds }: ExportedText): void {
  if (holds.length > 0) process.stderr.write(`It holds ${secretsInWords(holds)}: keep it as you keep a password.\n`);
}
