import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { ConfigError, type Config } from '../config/config';
import { examine } from '../maintenance/doctor';
import { examineFile } from '../maintenance/file-check';
import { examineSettings, examineVersions } from '../maintenance/doctor-settings';
import { type Finding, found, jsonOf, linesOf, redacted } from '../maintenance/findings';
import { StorageError } from '../errors';
import { sqliteFileOf } from '../keeper';
import { withKeeper } from './with-keeper';
import { print } from './output';

export function addDoctor(program: Command, configuration: () => Config): void {
  program
    .command('doctor')
    .description('look for what is wrong, and say what to do about it')
    .option('--report', 'leave out what strangers should not read, to paste it into a report')
    .option('--json', 'as JSON, for programs')
    .action(async ({ report, json }: { report?: true; json?: true }) => {
      const findings = [...examineVersions(), ...(await findingsOf(configuration))];
      const shown = report ? redacted(findings) : findings;
      await print(json ? jsonOf(shown) : linesOf(shown));
      const bad = findings.filter(({ good }) => !good).length;
      process.stderr.write(bad === 0 ? 'All is well.\n' : `${bad} of ${findings.length} need attention.\n`);
      if (bad > 0) process.exitCode = 1;
    });
}

async function findingsOf(configuration: () => Config): Promise<Finding[]> {
  try {
    const config = configuration();
    const settings = examineSettings(config);
    const file = sqliteFileOf(config.databaseUrl);
    if (file !== null && !existsSync(file)) {
      return [...settings, found(true, 'Database', `${file} is not there yet; the first start makes it.`)];
    }
    const opened = await withKeeper(config, examine);
    return [...settings, ...opened, ...(file === null ? [] : examineFile(file))];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => found(false, 'Configuration', problem));
    if (error instanceof StorageError) return [found(false, 'Database and key', error.message)];
    throw error;
  }
}
