import { type Command, InvalidArgumentError } from 'commander';
import { dataCenterCodes, type DataCenterCode, isDataCenterCode } from '../zoho/data-centers';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly dataCenters: DataCenterCode[];
}

export function addSimulator(program: Command): void {
  program
    .command('simulator')
    .description('run the simulated Zoho Accounts alone, to test your own integrations against')
    .option('--port <port>', 'port of the first data centre, the next ones follow', toPort, 4001)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-centers <codes>', `some of ${dataCenterCodes.join(',')}`, toDataCenters, ['us', 'eu', 'in'])
    .action(async (options: Options) => {
      const { runSimulator } = await import('../simulator/main.js');
      await runSimulator(options);
    });
}

function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new InvalidArgumentError('Use a number from 1 to 65535.');
}

function toDataCenters(text: string): DataCenterCode[] {
  const codes = text.split(',').map((code) => code.trim());
  const known = codes.filter(isDataCenterCode);
  if (known.length === codes.length) return known;
  throw new InvalidArgumentError(`Use some of ${dataCenterCodes.join(',')}.`);
}
