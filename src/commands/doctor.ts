import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { ConfigError, type Config } from '../config/config';
import { ignoredProxiesWarning } from '../config/warnings';
import { examine, type Finding, found } from '../maintenance/doctor';
import { StorageError } from '../errors';
import { sqliteFileOf } from '../keeper';
import { withKeeper } from './with-keeper';
import { print } from './output';

/** The oldest Node that this program is made for, as in package.json. */
const oldestNode = [20, 19] as const;

export function addDoctor(program: Command, configuration: () => Config): void {
  program
    .command('doctor')
    .description('look for what is wrong, and say what to do about it')
    .action(async () => {
      const findings = [nodeFinding(process.versions.node), ...(await findingsOf(configuration))];
      const lines = findings.map(({ good, subject, words }) => `${good ? '✓' : '✗'} ${subject}: ${words}\n`);
      await print(lines.join(''));
      const bad = findings.filter(({ good }) => !good).length;
      process.stderr.write(bad === 0 ? 'All is well.\n' : `${bad} of ${findings.length} need attention.\n`);
      if (bad > 0) process.exitCode = 1;
    });
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const good = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return found(good, 'Node', good ? version : `${version} is too old: install ${oldestNode.join('.')} or newer.`);
}

function proxyFindings(config: Config): Finding[] {
  const { outboundProxy, ignoredProxies } = config;
  return [
    ...(outboundProxy === null
      ? []
      : [found(true, 'Outbound proxy', `calls go through ${new URL(outboundProxy).host}.`)]),
    ...(ignoredProxies.length === 0 ? [] : [found(true, 'Outbound proxy', ignoredProxiesWarning(config))]),
  ];
}

async function findingsOf(configuration: () => Config): Promise<Finding[]> {
  try {
    const config = configuration();
    const { envFile, folder, warnings } = config.source;
    const place = envFile ?? `the environment alone, there is no .env in ${folder}`;
    const configured = [
      found(true, 'Configuration', `the Keeper is at ${config.baseUrl}; its settings are from ${place}.`),
      ...warnings.map((warning) => found(false, 'Configuration', warning)),
      ...proxyFindings(config),
    ];
    const file = sqliteFileOf(config.databaseUrl);
    if (file !== null && !existsSync(file)) {
      return [...configured, found(true, 'Database', `${file} is not there yet; the first start makes it.`)];
    }
    return [...configured, ...(await withKeeper(config, examine))];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => found(false, 'Configuration', problem));
    if (error instanceof StorageError) return [found(false, 'Database and key', error.message)];
    throw error;
  }
}
