import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { byCommandLine } from '../audit';
import type { Config } from '../config/config';
import type { ImportRequest } from '../imports/candidates';
import type { Imported, ImportRun } from '../imports/imports';
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
      await run(configuration(), { content, name, clientId, dataCenter: dataCenter ?? null });
    });
}

async function run(config: Config, request: ImportRequest): Promise<void> {
  if (config.remote !== null) {
    throw new CommandError(
      `KEEPER_URL names another Keeper: import on its own computer, or at ${config.remote.url}/import.`,
    );
  }
  const { results, total, failure } = await withKeeper(requireDatabase(config), async (keeper) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, keeper.imports.stop);
    const started = await keeper.imports.start(request, byCommandLine, tell);
    await started.ended;
    return started;
  });
  await print(results.map((result) => (result.kind === 'imported' ? `${result.name}\n` : '')).join(''));
  if (failure !== null) process.stderr.write(`${failure.message}\n`);
  const left = total - results.length;
  if (left > 0)
    throw new CommandError(`Stopped: ${left} of ${total} were not tried. Run it again; it goes on from there.`);
  const refused = results.filter(({ kind }) => kind === 'refused').length;
  if (refused > 0) throw new CommandError(`${refused} of ${total} could not be imported.`);
}

/** Each as soon as it is known, which shows how far it is. */
function tell(result: Imported, { results, total }: ImportRun): void {
  const { sentence, next } = importedWords(result, total === 1);
  const place = total === 1 ? '' : `[${results.length}/${total}] `;
  process.stderr.write(`${place}${sentence} ${next}`.trimEnd() + '\n');
}

function readContent(file: string): string {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch (error) {
    throw new CommandError(`${resolve(file)} could not be read (${codeOf(error)}).`);
  }
}
