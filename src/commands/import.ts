import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { byCommandLine } from '../audit';
import type { Config } from '../config/config';
import { importConnections, type ImportRequest } from '../imports/import';
import { importedWords } from '../imports/words';
import { codeOf } from '../lib/errors';
import { type DataCenterCode, dataCenterCodes } from '../zoho/data-centers';
import { CommandError, print } from './output';
import { requireDatabase, withKeeper } from './with-keeper';

interface Options {
  readonly name?: string;
  readonly clientId?: string;
  readonly dataCenter?: DataCenterCode;
}

/** Adds `import`, which prints the names of the connections that it makes. */
export function addImport(program: Command, configuration: () => Config): void {
  program
    .command('import')
    .description('make connections of refresh tokens that you have')
    .argument('[file]', 'a .env, JSON, a token store of Zoho’s SDKs … (default, or -: from stdin)', '-')
    .option('--name <name>', 'what programs ask for')
    .option('--client-id <id>', 'the client that the tokens were made with')
    .addOption(new Option('--data-center <code>', 'where the accounts live').choices(dataCenterCodes))
    .action(async (file: string, { name = '', clientId = '', dataCenter }: Options) => {
      const content = file === '-' ? await text(process.stdin) : readContent(file);
      await run(configuration(), { content, name, clientId, dataCenter: dataCenter ?? null, most: Infinity });
    });
}

async function run(config: Config, request: ImportRequest): Promise<void> {
  const results = await withKeeper(requireDatabase(config), (keeper) =>
    importConnections(keeper, request, byCommandLine),
  );
  for (const result of results) {
    const { sentence, next } = importedWords(result, results.length === 1);
    process.stderr.write(`${sentence} ${next}`.trimEnd() + '\n');
  }
  await print(results.map((result) => (result.kind === 'imported' ? `${result.name}\n` : '')).join(''));
  const refused = results.filter(({ kind }) => kind === 'refused').length;
  if (refused > 0) throw new CommandError(`${refused} of ${results.length} could not be imported.`);
}

function readContent(file: string): string {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch (error) {
    throw new CommandError(`${resolve(file)} could not be read (${codeOf(error)}).`);
  }
}
