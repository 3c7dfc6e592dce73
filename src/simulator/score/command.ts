import type { Command } from 'commander';
import type { Environment } from './client';
import type { Row } from './score';

interface ScoreOptions {
  readonly only?: readonly string[];
  readonly json?: true;
}

/** `env`: what clients are started with, besides what the simulator tells them. */
export function addScore(program: Command, env: Environment): void {
  program
    .command('score')
    .description("run an OAuth client of any language through Zoho's traps and print a table")
    .argument('<command...>', 'starts the client, behind --')
    .option('--only <traps>', 'some of them, such as clock,restart', (text) => text.split(','))
    .option('--json', 'the rows as JSON')
    .addHelpText(
      'after',
      '\nzoho-simulator score -- node "$PWD/client.js"\n\nWhat the client has to do: docs/simulator.md.',
    )
    .showHelpAfterError('Write the command and its own options behind --.')
    .action(async (command: string[], { only, json }: ScoreOptions, self: Command) => {
      // Loaded when asked for: the rest of the program starts faster without it.
      const { score } = await import('./score.js');
      const { traps } = await import('./traps/index.js');
      const names = traps.map(({ name }) => name);
      if (command[0] === '') self.error('The command is empty.');
      const unknown = only?.find((name) => !names.includes(name));
      if (unknown !== undefined) self.error(`There is no trap “${unknown}”. There are ${names.join(', ')}.`);
      // Clients are in process groups of their own, which a terminal does not signal.
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
      const rows = score(
        command,
        env,
        traps.filter(({ name }) => only?.includes(name) ?? true),
      );
      const allPassed = await (json === true ? printJson(rows) : printTable(rows));
      process.exitCode = allPassed ? 0 : 1;
    });
}

async function printJson(rows: readonly Promise<Row>[]): Promise<boolean> {
  const all = await Promise.all(rows);
  process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  return all.every(({ passed }) => passed);
}

/** Row by row, as they come. */
async function printTable(rows: readonly Promise<Row>[]): Promise<boolean> {
  let passed = 0;
  process.stdout.write('| trap | | why |\n| --- | --- | --- |\n');
  for (const row of rows) {
    const { trap, passed: isPassed, why } = await row;
    if (isPassed) passed += 1;
    process.stdout.write(`| ${trap.padEnd(22)} | ${isPassed ? 'passed' : 'lost  '} | ${why} |\n`);
  }
  process.stdout.write(`\n${passed} of ${rows.length} passed.\n`);
  return passed === rows.length;
}
