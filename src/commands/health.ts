import type { Command } from 'commander';
import type { Config } from '../config/config';
import { createOutbound } from '../lib/outbound';
import { CommandError, print } from './output';

/** For a container's HEALTHCHECK and for scripts. */
export function addHealth(program: Command, configuration: () => Config): void {
  program
    .command('health')
    .description('say whether the server of this installation is ready: exits with 0 or 1')
    .action(async () => {
      const url = `${addressOf(configuration())}/readyz`;
      const answer = await createOutbound(null)
        .fetch(url, { signal: AbortSignal.timeout(5000) })
        .catch(() => null);
      if (answer === null) throw new CommandError(`Nothing answers at ${url}: is the server running?`);
      if (!answer.ok) throw new CommandError(`${url} answers ${answer.status}: the log says why.`);
      await print('ready\n');
    });
}

const everyAddress = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

function addressOf({ hosts, port }: Config): string {
  const [listens = '127.0.0.1'] = hosts;
  const host = everyAddress.get(listens) ?? listens;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
