import { type Command, InvalidArgumentError } from 'commander';
import { ListenError } from '../lib/errors';
import { dataCenterCodes, type DataCenterCode, isDataCenterCode } from '../zoho/data-centers';

const highestPort = 65535;

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
      if (lastPort(options) > highestPort) throw tooHigh(options);
      const { runSimulator } = await import('../simulator/main.js');
      try {
        await runSimulator(options);
      } catch (error) {
        throw isRefusedAddress(error) ? cannotListen(options, error) : error;
      }
    });
}

function lastPort({ port, dataCenters }: Options): number {
  return port + dataCenters.length - 1;
}

function tooHigh(options: Options): ListenError {
  const { port, dataCenters } = options;
  const sentence = `${dataCenters.length} data centres need the ports ${port} to ${lastPort(options)}`;
  return new ListenError(`${sentence}, and ${highestPort} is the highest: give a smaller --port.`);
}

function isRefusedAddress(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && ['listen', 'getaddrinfo'].includes(String(error.syscall));
}

function cannotListen(options: Options, { code }: NodeJS.ErrnoException): ListenError {
  const place = `${options.host} from port ${options.port} to ${lastPort(options)}`;
  if (code === 'EADDRINUSE') return new ListenError(`A port is in use on ${place}: give another --port.`);
  return new ListenError(`Cannot listen on ${place} (${code}): check --host and --port.`);
}

function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port <= highestPort) return port;
  throw new InvalidArgumentError(`Use a number from 1 to ${highestPort}.`);
}

function toDataCenters(text: string): DataCenterCode[] {
  const codes = text.split(',').map((code) => code.trim());
  const known = codes.filter(isDataCenterCode);
  if (known.length === codes.length) return known;
  throw new InvalidArgumentError(`Use some of ${dataCenterCodes.join(',')}.`);
}
