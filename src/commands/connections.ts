import type { Command } from 'commander';
import type { Config } from '../config/config';
import type { ConnectionJson } from '../tokens/connection-json';
import { accessTo } from './choose-access';
import { print } from './output';
import { table } from './table';

export function addConnections(program: Command, configuration: () => Config): void {
  program
    .command('connections')
    .description('list the connections')
    .option('--json', 'as JSON, with the members that the API has')
    .action(async ({ json }: { json?: true }) => {
      const records = await accessTo(configuration()).connections();
      if (json) await print(`${JSON.stringify(records, null, 2)}\n`);
      else if (records.length > 0) await print(table(headings, records.map(row)));
      else process.stderr.write('There are no connections yet: connect one on the dashboard.\n');
    });
}

const headings = ['NAME', 'STATUS', 'DATA CENTRE', 'TOKEN UNTIL', 'USER', 'CLIENT'];

function row({ name, status, client_id, data_center, expires_at, user }: ConnectionJson): string[] {
  return [name, status, data_center, expires_at ?? 'none', user.email ?? user.name ?? '', client_id];
}
