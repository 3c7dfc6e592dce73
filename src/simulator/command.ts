import { type Command, InvalidArgumentError } from 'commander';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { SimulatorError } from './errors';
import type { SimulatorOptions } from './simulator';
import { dataCenterCodes, isDataCenterCode, type DataCenterCode } from '../zoho/data-centers';

const highestPort = 65535;

type Urls = Partial<Record<DataCenterCode, string>>;

/** As they were typed; the others come from the configuration. */
export interface SimulatorArguments {
  readonly port: number;
  readonly host: string;
  readonly dataCenters?: DataCenterCode[];
  readonly config?: string;
  readonly client: readonly string[];
  readonly url?: Urls;
  readonly apiUrl?: Urls;
  readonly separateApi?: true;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly state?: string;
}

export function addSimulatorOptions(command: Command): Command {
  return command
    .option('--port <port>', 'port of the first data centre, the next ones follow; 0 for any free ones', toPort, 4001)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-centers <codes>', `some of ${dataCenterCodes.join(',')} (default: us,eu,in)`, toDataCenters)
    .option('--config <file>', 'clients, users, limits, faults and more, as JSON')
    .option('--client <id:secret:redirect>', 'register this client; may be given again', gather, [])
    .option('--url <code=url,…>', 'what data centres say they are, such as us=https://accounts.zoho.com', toUrls)
    .option('--api-url <code=url,…>', 'the same for product APIs, such as us=https://www.zohoapis.com', toUrls)
    .option('--separate-api', 'give product APIs ports of their own, after those of Accounts')
    .option('--tls-cert <file>', 'speak TLS with this certificate (PEM)')
    .option('--tls-key <file>', 'its key (PEM)')
    .option('--state <file>', 'keep tokens, codes, users and clients in this file over a restart');
}

/** Runs the simulator as the command line says. Throws SimulatorError with a line for people. */
export async function simulate(typed: SimulatorArguments): Promise<void> {
  // Loaded when asked for: the rest of the program starts faster without it.
  const { parseConfig } = await import('./config.js');
  const { runSimulator } = await import('./main.js');
  const config = typed.config === undefined ? {} : parseConfig(read(typed.config), typed.config);
  const dataCenters = typed.dataCenters ?? config.dataCenters ?? ['us', 'eu', 'in'];
  const added = typed.client.map((text) => clientOf(text, dataCenters[0] ?? 'us'));
  const options: SimulatorOptions = {
    ...config,
    host: typed.host,
    port: typed.port,
    dataCenters,
    clients: added.length > 0 ? [...(config.clients ?? []), ...added] : config.clients,
    urls: { ...config.urls, ...typed.url },
    apiUrls: { ...config.apiUrls, ...typed.apiUrl },
    separateApi: typed.separateApi ?? config.separateApi,
    tls: tlsOf(typed),
    state: typed.state,
  };
  const ports = dataCenters.length * (options.separateApi === true ? 2 : 1);
  const last = typed.port === 0 ? 0 : typed.port + ports - 1;
  if (last > highestPort) throw tooHigh(typed.port, last, dataCenters.length);
  try {
    await runSimulator(options);
  } catch (error) {
    throw isRefusedAddress(error) ? cannotListen(typed, last, error) : error;
  }
}

function clientOf(text: string, dataCenter: DataCenterCode) {
  const [, id, secret, redirectUri] = /^([^:]+):([^:]+):(.+)$/s.exec(text) ?? [];
  if (id === undefined || secret === undefined || redirectUri === undefined || !/^[\w+.-]+:\/\//.test(redirectUri))
    throw new SimulatorError(
      '--client needs id:secret:redirect, such as 1000.A:s3cret:http://localhost:3000/callback.',
    );
  return { id, secret, redirectUris: [redirectUri], dataCenter };
}

function tlsOf({ tlsCert, tlsKey }: SimulatorArguments): SimulatorOptions['tls'] {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new SimulatorError('Give --tls-cert and --tls-key together.');
  const tls = { cert: read(tlsCert), key: read(tlsKey) };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new SimulatorError(`${tlsCert} and ${tlsKey} are no certificate (PEM) and its key: ${messageOf(error)}`);
  }
  return tls;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SimulatorError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function tooHigh(first: number, last: number, count: number): SimulatorError {
  const sentence = `${count} data centres need the ports ${first} to ${last}`;
  return new SimulatorError(`${sentence}, and ${highestPort} is the highest: give a smaller --port.`);
}

function isRefusedAddress(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && ['listen', 'getaddrinfo'].includes(String(error.syscall));
}

function cannotListen(
  { host, port }: SimulatorArguments,
  last: number,
  { code }: NodeJS.ErrnoException,
): SimulatorError {
  const place = `${host} from port ${port} to ${last}`;
  if (code === 'EADDRINUSE') return new SimulatorError(`A port is in use on ${place}: give another --port.`);
  return new SimulatorError(`Cannot listen on ${place} (${code}): check --host and --port.`);
}

function toPort(text: string): number {
  const port = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= highestPort) return port;
  throw new InvalidArgumentError(`Use a number from 0 to ${highestPort}.`);
}

function toDataCenters(text: string): DataCenterCode[] {
  const codes = text.split(',').map((code) => code.trim());
  const known = codes.filter(isDataCenterCode);
  if (known.length === codes.length) return known;
  throw new InvalidArgumentError(`Use some of ${dataCenterCodes.join(',')}.`);
}

function toUrls(text: string): Urls {
  const pairs = text.split(',').map((pair) => /^\s*(\w+)=(\S+?)\/?\s*$/.exec(pair) ?? []);
  for (const [, code, url = ''] of pairs) {
    const isOrigin = /^https?:\/\/[^/?#]+$/.test(url) && URL.canParse(url);
    if (!isDataCenterCode(code) || !isOrigin)
      throw new InvalidArgumentError('Use pairs such as us=https://accounts.zoho.com.');
  }
  return Object.fromEntries(pairs.map(([, code = '', url = '']) => [code, new URL(url).origin]));
}

function gather(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
